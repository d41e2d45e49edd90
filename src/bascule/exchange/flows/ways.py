"""Every way in, and how a deposit finds its own. Pure."""

from collections.abc import Sequence

from bascule.exchange.flows import bee_export, gep, group_links, oneroster, private_import, table
from bascule.exchange.flows.flow import NOTHING_SAID, Brings, Flow, Said
from bascule.formats.envelope import Envelope

FLOWS: tuple[Flow, ...] = (
    private_import.FLOW,
    bee_export.FLOW,
    group_links.FLOW,
    gep.FLOW,
    table.FLOW,
    oneroster.FLOW,
    oneroster.GROUPS,
)

#: Codes of those whose imports say what a school's year is: its pupils and its findings.
OF_RECORDS = tuple(flow.code for flow in FLOWS if flow.brings is Brings.RECORDS)

#: Codes of those that take over what a school is to stop using.
OF_THE_PAST = tuple(flow.code for flow in FLOWS if flow.is_stopped_by_school)

#: Software that schools leave behind: whatever comes after it changes it.
LEFT_BEHIND = frozenset(flow.software for flow in FLOWS if flow.is_stopped_by_school)

#: Codes of those whose imports say in which groups pupils are.
OF_PLACES = tuple(flow.code for flow in FLOWS if flow.brings is Brings.MEMBERSHIPS)

#: Codes of those by which the pupils of a year count as imported: the others only prepare it.
OF_THE_YEAR = tuple(
    flow.code for flow in FLOWS if flow.code in OF_RECORDS and not flow.is_incomplete
)


def flow_named(code: str) -> Flow | None:
    """Find a way in by the name that runs have for it.

    Args:
        code (str): its code; a correction by hand has none of these.

    Returns:
        Flow | None: the way in.
    """
    return next((flow for flow in FLOWS if flow.code == code), None)


def way_of(envelopes: Sequence[Envelope], said: Said = NOTHING_SAID) -> Flow | None:
    """Find the way in of a deposit.

    Args:
        envelopes (Sequence[Envelope]): its files.
        said (Said): what a person says of it: the `part` that is wanted.

    Returns:
        Flow | None: the one that takes them all; None when there is none.
    """
    kinds = {envelope.kind.code if envelope.kind else "" for envelope in envelopes}
    part = said.get("part", "")
    return next((flow for flow in FLOWS if flow.part == part and kinds.issubset(flow.kinds)), None)
