"""The table of a run, as text."""

import os
import platform
import sys
from collections.abc import Iterable
from typing import NamedTuple

import psycopg


class Line(NamedTuple):
    """One line of the table.

    Attributes:
        title: what is measured.
        figure: what was found.
        detail: what else is to be known of it.
        target: what was aimed at; empty when nothing is.
        is_met: whether the target is met.
    """

    title: str
    figure: str
    detail: str = ""
    target: str = ""
    is_met: bool = True


def ratio_line(
    title: str, value: float, target: float | None, detail: str = "", *, digits: int = 2
) -> Line:
    """Make the line of a ratio.

    Args:
        title (str): what is measured.
        value (float): the ratio.
        target (float | None): what it should not go over, if anything.
        detail (str): what else is to be known.
        digits (int): digits after the point.

    Returns:
        Line: with its verdict.
    """
    figure = f"{value:.{digits}f}"
    if target is None:
        return Line(title, figure, detail)
    return Line(title, figure, detail, f"≤ {target:g}", value <= target)


def text_of(heading: str, lines: Iterable[Line]) -> str:
    """Write a part of the table.

    Args:
        heading (str): what its figures are.
        lines (Iterable[Line]): its lines.

    Returns:
        str: aligned text.
    """
    written = ["", heading]
    for line in lines:
        verdict = f"{line.target:<7} {'OK' if line.is_met else 'not met'}" if line.target else ""
        written.append(f"  {line.title:<50}{line.figure:>9}  {verdict:<16}{line.detail}".rstrip())
    return "\n".join(written)


def machine(connection: "psycopg.Connection[tuple[object, ...]]") -> str:
    """Say on what the figures were taken.

    Args:
        connection (psycopg.Connection[tuple[object, ...]]): to the measured server.

    Returns:
        str: one line.
    """
    version = connection.info.parameter_status("server_version")
    load = os.getloadavg()[0]
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores (load {load:.1f}),"
        f" Python {sys.version.split()[0]}, PostgreSQL {version}, fsync on"
    )
