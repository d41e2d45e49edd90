"""Ask the worker for a job, within the transaction of what is to be done: with it, or not at all."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued


def ask_once(job: str, *, lock: str, about: str = "", **given: int | str) -> bool:
    """Ask for a job; one that was asked for and has not begun yet will do for both.

    Args:
        job (str): its name.
        lock (str): jobs of one lock are done one after the other.
        about (str): what two askings must share to be one, besides the lock.
        **given (int | str): what the job is given: codes and numbers, never a name of a pupil.

    Returns:
        bool: whether it is a new asking.
    """
    with suppress(AlreadyEnqueued), transaction.atomic():
        app.configure_task(
            job, lock=lock, queueing_lock=f"{job}/{lock}/{about}", allow_unknown=True
        ).defer(**given)
        return True
    return False


def asked(job: str) -> Iterator[dict[str, Any]]:
    """Tell what a job was given, each time it was asked for and is not over: it waits, runs, or is to be tried again.

    Args:
        job (str): its name.

    Yields:
        dict[str, Any]: codes and numbers.
    """
    live = ProcrastinateJob.objects.filter(task_name=job, status__in=("todo", "doing"))
    yield from live.values_list("args", flat=True)
