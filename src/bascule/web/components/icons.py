"""Small pictures, drawn with one line; they say nothing that words beside them do not say."""

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

#: Paths on a square of 24, by name.
_PATHS = {
    "account": "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4.5 20c.8-3.6 3.8-5.5 7.5-5.5s6.7 1.9 7.5 5.5",
    "people": "M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7Z"
    "M2.5 19.5c.6-3.3 3.2-5 6.5-5s5.9 1.7 6.5 5M15.5 4.9a3.5 3.5 0 0 1 0 6.2M18 14.9c1.9.8 3.1 2.4 3.5 4.6",
    "import": "M12 3.5v11M7.5 10.5l4.5 4.5 4.5-4.5M4 16.5v4h16v-4",
    "export": "M12 15V4M7.5 8.5 12 4l4.5 4.5M4 16.5v4h16v-4",
    "structure": "M3.5 4.5h7v6h-7zM13.5 4.5h7v6h-7zM3.5 14h7v6h-7zM13.5 14h7v6h-7z",
    "key": "M8 16.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9ZM12.5 12h8M17 12v3.5M20.5 12v2.5",
    "link": "M9.5 14.5l5-5M11 7l2-2a4.2 4.2 0 0 1 6 6l-2 2M13 17l-2 2a4.2 4.2 0 0 1-6-6l2-2",
    "eye": "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12Z"
    "M12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z",
    "help": "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z"
    "M9.5 9.5a2.5 2.5 0 1 1 3.7 2.2c-.8.4-1.2 1-1.2 1.8v.5M12 16.8v.2",
    "school": "M3 20.5h18M5 20.5V9.5l7-5 7 5v11M10 20.5v-5h4v5M12 8.8v.2M8.5 12.5v.2M15.5 12.5v.2",
    "chart": "M4 20.5h16.5M6.5 17v-5M11.5 17V5.5M16.5 17V9",
    "shield": "M12 3.5l7.5 2.7v5.3c0 4.5-3 7.7-7.5 9-4.5-1.3-7.5-4.5-7.5-9V6.2z"
    "M8.8 12l2.2 2.2 4.3-4.4",
    "clock": "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 7v5.2l3.3 2",
    "document": "M6 3.5h8l4.5 4.5v12.5H6zM13.5 3.5v5h5M9 12.5h6.5M9 16h6.5",
    "calendar": "M4 6h16v14.5H4zM4 10.5h16M8.5 3.5v4M15.5 3.5v4",
    "search": "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13ZM15.3 15.3l5.2 5.2",
    "settings": "M4 7.5h9M17 7.5h3M4 16.5h3M11 16.5h9"
    "M15 9.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM9 18.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z",
    "euro": "M18.5 6.5A7 7 0 0 0 8 12a7 7 0 0 0 10.5 5.5M4.5 10.5h9M4.5 13.7h9",
    "news": "M4 5h13v15.5H6.5A2.5 2.5 0 0 1 4 18z"
    "M17 9.5h3.5V18a2.5 2.5 0 0 1-2.5 2.5M7 9h7M7 12.5h7M7 16h4.5",
    "bridge": "M2.5 17.5h19M2.5 21h19M4.5 17.5l8-1.5M19.5 17.5l-4-10",
    "device": "M4 5h16v10.5H4zM2.5 19h19",
    "sign-out": "M10 4H4.5v16H10M14.5 8l4 4-4 4M18.5 12H9.5",
    "info": "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 11v5.5M12 7.6v.2",
    "success": "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM8 12.3l2.7 2.7L16 9.3",
    "warning": "M12 4l9.5 16.5h-19zM12 10v5M12 17.6v.2",
    "danger": "M8.3 3h7.4L21 8.3v7.4L15.7 21H8.3L3 15.7V8.3zM12 7.5v5.5M12 16v.2",
}
NAMES = tuple(_PATHS)


def named(name: str) -> SafeString:
    """Draw the picture of a name.

    Args:
        name (str): one of the names above; any other draws a small bridge.

    Returns:
        SafeString: an SVG that screen readers pass over.
    """
    path = _PATHS.get(name, _PATHS["bridge"])
    return format_html(
        '<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">'
        '<path d="{}"/></svg>',
        mark_safe(path),  # noqa: S308 - our own table
    )
