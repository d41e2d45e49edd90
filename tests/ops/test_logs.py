import json
import logging
import sys

from bascule.ops.logs import JsonFormatter


def test_a_line_of_the_log_is_one_object_without_what_a_fault_says() -> None:
    name = "DUPRÉ"
    try:
        int(name)
    except ValueError:
        record = logging.makeLogRecord(
            {"name": "bascule.x", "levelname": "ERROR", "msg": "failed\n%s", "args": ("twice",)}
        )
        record.exc_info = sys.exc_info()

    line = JsonFormatter().format(record)

    said = json.loads(line)
    assert (said["level"], said["logger"], said["message"]) == (
        "error",
        "bascule.x",
        "failed\ntwice",
    )
    assert "ValueError" in said["places"]
    assert "\n" not in line
    assert "DUPRÉ" not in line
