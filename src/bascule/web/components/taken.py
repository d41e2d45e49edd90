"""Give a file to whoever asks, and note who took it."""

from collections.abc import Sequence

from django.http import HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header

from bascule.journal import access as trail
from bascule.web.gate import PageRequest, actor_on

_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xml": "application/xml",
    "zip": "application/zip",
}


def file_taken(
    request: PageRequest,
    *,
    uai: str,
    about: str | Sequence[str],
    paper: str,
    name: str,
    content: bytes,
) -> HttpResponse:
    """Answer with a file to be saved.

    Args:
        request (PageRequest): the request.
        uai (str): the school that it is about.
        about (str | Sequence[str]): what it is about, as the journal names it (`run/12`); one line for each.
        paper (str): which paper it is, one word.
        name (str): name of the file; its end says its type.
        content (bytes): the file.

    Returns:
        HttpResponse: the answer.
    """
    at = timezone.now()
    for thing in [about] if isinstance(about, str) else about:
        trail.note(
            kind="paper.taken",
            visitor=actor_on(request).visitor,
            at=at,
            uai=uai,
            about=thing,
            facts={"paper": paper},
        )
    headers = {}
    disposition = content_disposition_header(as_attachment=True, filename=name)
    if disposition:
        headers["Content-Disposition"] = disposition
    content_type = _TYPES.get(name.rpartition(".")[2].lower(), "application/octet-stream")
    return HttpResponse(content, content_type=content_type, headers=headers)
