"""What writes have in common: each is asked under a key, happens once, and may be asked of one exact state."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Header
from ninja.files import UploadedFile

from bascule.accounts.once import Answer, once
from bascule.api.bearer import caller

#: The key under which a write is asked.
Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        description="Choisie par le logiciel, une par demande : répéter la même demande avec la même clé, pendant"
        " 72 heures, donne la même réponse et ne fait rien de plus.",
        pattern=r"^[A-Za-z0-9_.:-]{8,100}$",
    ),
]


def settle(
    request: HttpRequest,
    key: str,
    write: Callable[[], Answer],
    *,
    files: Sequence[tuple[str, bytes]] = (),
    asked: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """Do what is asked once, and answer.

    Args:
        request (HttpRequest): the request.
        key (str): its key.
        write (Callable[[], Answer]): does it.
        files (Sequence[tuple[str, bytes]]): name and bytes of each file that came with it.
        asked (Mapping[str, Any] | None): what its body says.

    Returns:
        HttpResponse: what it answered, now or the first time.
    """
    answer = once(
        bearer=caller(request),
        key=key,
        digest=_digest(request, files, asked),
        at=timezone.now(),
        write=write,
    )
    written = HttpResponse(
        json.dumps(answer.content, ensure_ascii=False),
        status=answer.status,
        content_type="application/json; charset=utf-8",
    )
    if answer.is_repeat:
        written.headers["Idempotency-Replayed"] = "true"
    return written


def read_files(files: Sequence[UploadedFile]) -> list[tuple[str, bytes]]:
    """Read what came with a request.

    Args:
        files (Sequence[UploadedFile]): the files.

    Returns:
        list[tuple[str, bytes]]: name and bytes of each.
    """
    return [(file.name or "depot", file.read()) for file in files]


def tag_of(content: Any) -> str:
    """Give the mark of a state, as the header `ETag` says it.

    Args:
        content (Any): what is answered, as JSON holds it.

    Returns:
        str: a quoted digest.
    """
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def tagged(request: HttpRequest, content: Any) -> HttpResponse:
    """Answer with the mark of the state, or say that the caller has it already.

    Args:
        request (HttpRequest): the request.
        content (Any): what is answered.

    Returns:
        HttpResponse: 200, or 304.
    """
    tag = tag_of(content)
    if tag in _tags(request.headers.get("If-None-Match", "")):
        return HttpResponse(status=304, headers={"ETag": tag})
    return HttpResponse(
        json.dumps(content, ensure_ascii=False),
        content_type="application/json; charset=utf-8",
        headers={"ETag": tag},
    )


def is_of_state(given: str, content: Any) -> bool:
    """Tell whether what is asked is asked of this state.

    Args:
        given (str): the header `If-Match`.
        content (Any): the state.

    Returns:
        bool: True when it is.
    """
    return tag_of(content) in _tags(given)


def _tags(header: str) -> set[str]:
    return {one.strip().removeprefix("W/") for one in header.split(",")}


def _digest(
    request: HttpRequest, files: Sequence[tuple[str, bytes]], asked: Mapping[str, Any] | None
) -> bytes:
    told = [
        request.method,
        request.get_full_path(),
        [[name, hashlib.sha256(content).hexdigest()] for name, content in files],
        asked,
        request.headers.get("If-Match", ""),
    ]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).digest()
