"""The schedule: the only list of what runs when."""

from procrastinate.contrib.django import app

from bascule.ops.schedule import SCHEDULE


def test_each_line_is_known_to_the_worker_and_no_other() -> None:
    known = {(task.task.name, task.cron) for task in app.periodic_registry.periodic_tasks.values()}

    assert known == {(timed.job.name, timed.cron) for timed in SCHEDULE}


def test_each_line_says_why() -> None:
    assert all(timed.why for timed in SCHEDULE)


def test_no_two_jobs_begin_in_the_same_minute_of_the_hour_but_the_frequent() -> None:
    minutes = [timed.cron.split()[0] for timed in SCHEDULE if timed.cron[0] != "*"]

    assert len(minutes) == len(set(minutes))


def test_what_runs_when_is_imported_by_the_settings() -> None:
    app.perform_import_paths()

    assert {timed.job.name for timed in SCHEDULE} <= set(app.tasks)
