"""English for software that asks for it: refusals by code, findings by rule. Stored sentences stay French."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from django.http import HttpRequest
from django.utils import translation
from django.utils.translation.trans_real import parse_accept_lang_header

#: Spoken here, the first of them by default.
SPOKEN = ("fr", "en")


def language_of(request: HttpRequest) -> str:
    """Tell in which language to answer: what the software prefers, of those that are spoken.

    Args:
        request (HttpRequest): the request.

    Returns:
        str: `fr` or `en`.
    """
    wanted = parse_accept_lang_header(request.headers.get("Accept-Language", "").lower())
    found = (code.partition("-")[0] for code, _ in wanted)
    return next((code for code in found if code in SPOKEN), SPOKEN[0])


def refusal(code: str, sentence: str, facts: Mapping[str, object] | None = None) -> dict[str, str]:
    """Say a refusal in the language of the answer.

    Args:
        code (str): its code.
        sentence (str): French.
        facts (Mapping[str, object] | None): what the English sentence may name.

    Returns:
        dict[str, str]: `detail`; in English, `detail_fr` too, which may say more.
    """
    said = _catalogue()["refusals"].get(code, "") if _is_english() else ""
    if not said:
        return {"detail": sentence}
    return {"detail": said.format_map(_Facts(facts or {})), "detail_fr": sentence}


def finding(told: Mapping[str, Any]) -> dict[str, Any]:
    """Say a finding in the language of the answer.

    Args:
        told (Mapping[str, Any]): the finding, in French.

    Returns:
        dict[str, Any]: the same, its sentence that of the rule in English.
    """
    rule = _catalogue()["rules"].get(told["code"]) if _is_english() else None
    if rule is None:
        return dict(told)
    remedy = _catalogue()["remedies"].get(told["remedy"], told["remedy"])
    return {**told, "sentence": f"{rule}.", "remedy": remedy}


class _Facts(dict[str, object]):
    """Facts, of which one that lacks breaks no sentence."""

    def __missing__(self, name: str) -> str:
        return "…"


def _is_english() -> bool:
    return translation.get_language() == "en"


@cache
def _catalogue() -> dict[str, dict[str, str]]:
    text = resources.files("bascule.api").joinpath("english.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
