"""What the interface promised to editors stays, or the changelog says when it went."""

from pathlib import Path

from tests.api.test_openapi import DOCUMENT

_EDITORS = Path(__file__).parents[2] / "docs" / "editors"


def promises() -> list[str]:
    """Give every route, and every field of what they answer."""
    routes = [
        f"{method.upper()} {path.removeprefix('/api/v1')}"
        for path, operations in DOCUMENT["paths"].items()
        for method in operations
    ]
    fields = [
        f"{name}.{one}"
        for name, shape in DOCUMENT["components"]["schemas"].items()
        for one in shape.get("properties", ())
    ]
    return sorted(routes) + sorted(fields)


def test_nothing_that_was_promised_went_without_being_announced() -> None:
    promised = (_EDITORS / "promised.txt").read_text(encoding="utf-8").split("\n")[:-1]
    changelog = (_EDITORS / "changelog.md").read_text(encoding="utf-8")

    gone = set(promised) - set(promises())
    assert [one for one in sorted(gone) if f"`{one}`" not in changelog] == [], (
        "name them in docs/editors/changelog.md"
    )
    assert sorted(set(promises()) - set(promised)) == [], (
        "promise them: add these lines to docs/editors/promised.txt"
    )
