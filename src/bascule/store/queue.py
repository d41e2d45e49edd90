"""Ask the worker for a job, within the transaction of what is to be done: with it, or not at all."""

from contextlib import suppress

from django.db import transaction
from procrastinate.contrib.django import app
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
