"""`bascule worker`: does the jobs that wait, and those whose hour has come."""

import json
from typing import Annotated, Any

import typer
from procrastinate.connector import BaseConnector
from procrastinate.contrib.django import app

from bascule.cli.asking import AsJson
from bascule.store.base import open_base

#: How long a job may go on once the worker is told to stop, in seconds; then it is taken up by another.
GRACE = 4.0


def worker(
    *,
    jobs: Annotated[
        int, typer.Option("--jobs", metavar="N", min=1, max=32, help="Tâches menées ensemble.")
    ] = 2,
    once: Annotated[
        bool, typer.Option("--once", help="S’arrête quand plus aucune tâche n’attend.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Work until told to stop.

    Args:
        jobs (int): jobs at a time.
        once (bool): stop when no job waits.
        as_json (bool): print an object instead of a sentence.
    """
    with open_base(), app.replace_connector(_own_connections()) as own:
        if as_json:
            print(json.dumps({"worker": "started", "jobs": jobs}), flush=True)
        else:
            print("Le traitement des tâches est en marche (Ctrl-C pour l’arrêter).", flush=True)
        own.run_worker(concurrency=jobs, wait=not once, shutdown_graceful_timeout=GRACE)


def _own_connections() -> BaseConnector:
    """Give the connections of the worker itself, beside those that its jobs have from Django."""
    connector: Any = app.connector
    found: BaseConnector = connector.get_worker_connector()
    return found
