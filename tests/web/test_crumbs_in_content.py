"""What a block of a page names is gone at its end: a link elsewhere to what the crumbs named leads nowhere."""

import re
from importlib import resources
from pathlib import Path

TEMPLATES = Path(str(resources.files("bascule.web"))) / "templates"
_BLOCK = re.compile(r"{% block (\w+) %}(.*?){% endblock %}", re.DOTALL)
_NAMED = re.compile(r" as (\w+_url|back) %}")


def test_each_block_names_the_addresses_it_leads_to() -> None:
    lost = []
    for path in sorted(TEMPLATES.rglob("*.html")):
        blocks = dict(_BLOCK.findall(path.read_text()))
        named = set(_NAMED.findall(blocks.pop("crumbs", "")))
        lost += [
            (path.relative_to(TEMPLATES).as_posix(), name)
            for body in blocks.values()
            for name in named - set(_NAMED.findall(body))
            if re.search(rf"\b{name}\b", body)
        ]

    assert lost == []
