"""Campaigns, declared: their steps in order, what proves each, and by when it is expected."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from bascule.campaign import proofs
from bascule.errors import NotThereError
from bascule.values.steps import Step as Prepared
from bascule.values.words import said as _


@dataclass(frozen=True, slots=True)
class Step:
    """A step of campaigns.

    Attributes:
        code: stable; what readings and URLs have.
        label: French words.
        short: the same, for the head of a column.
        proof: what tells it from facts.
        after: codes of the steps that it waits for.
    """

    code: str
    label: str
    short: str
    proof: proofs.Proof
    after: tuple[str, ...] = ()


def _of_year(step: Prepared, short: str, *after: str) -> Step:
    return Step(step.code, step.label, short, proofs.prepared(step), after)


#: All steps; the order is that in which they are shown.
STEPS: Final[Mapping[str, Step]] = {
    one.code: one
    for one in (
        _of_year(Prepared.KEYS, _("Clés")),
        _of_year(Prepared.DELEGATIONS, _("Droits")),
        _of_year(Prepared.CARRIED, _("Bascule")),
        _of_year(Prepared.SCONET, _("Sconet"), "carried"),
        _of_year(Prepared.COMMON, _("Communes")),
        _of_year(Prepared.NOMENCLATURES, _("Nomencl.")),
        _of_year(Prepared.PROFILE, _("Profilage"), "nomenclatures"),
        _of_year(Prepared.STRUCTURES, _("Structures"), "profile"),
        _of_year(Prepared.EXPORTS, _("Exports"), "profile", "structures"),
        Step("software", _("Logiciel connu et qualifié"), _("Logiciel"), proofs.software_known),
        Step(
            Prepared.IMPORT.code,
            Prepared.IMPORT.label,
            _("Import"),
            proofs.first_import,
            ("exports",),
        ),
        _of_year(Prepared.BLOCKED, _("Blocages"), "import"),
        Step(
            "ine-settled",
            _("INE de tous les élèves"),
            _("INE"),
            proofs.numbers_settled,
            ("import",),
        ),
        Step(
            "ine-taken",
            _("INE repris par le logiciel"),
            _("INE repris"),
            proofs.numbers_taken,
            ("import",),
        ),
        Step("constat", _("Constat signé"), _("Constat"), proofs.constat_signed, ("blocked",)),
        Step("gep-taken", _("GEP repris"), _("Reprise"), proofs.gep_taken),
        Step(
            "gep-stopped", _("GEP arrêté"), _("Arrêt"), proofs.gep_stopped, ("gep-taken", "import")
        ),
        Step("otp", _("Clés OTP pour tous"), _("OTP"), proofs.on_otp),
    )
}
#: Steps that the authority alone takes: no head is asked for them.
OF_AUTHORITY: Final = frozenset({Prepared.NOMENCLATURES.code})


@dataclass(frozen=True, slots=True)
class Campaign:
    """Steps that schools take together, by certain days.

    Attributes:
        code: what URLs have.
        label: French words.
        about: what it is for, in a sentence.
        month: month of its first day, in the first calendar year of the school year.
        due: days after its first day by which each step is expected, by code, in order.
    """

    code: str
    label: str
    about: str
    month: int
    due: Mapping[str, int]

    @property
    def steps(self) -> Sequence[Step]:
        """Return its steps, in order."""
        return [STEPS[code] for code in self.due]

    def due_on(self, code: str, *, year: int) -> date:
        """Tell by when a step is expected.

        Args:
            code (str): the step.
            year (int): first calendar year of the school year.

        Returns:
            date: the last day that is not late.
        """
        return date(year, self.month, 1) + timedelta(days=self.due[code])

    def year_on(self, today: date) -> int:
        """Tell which year it is about.

        Args:
            today (date): a day.

        Returns:
            int: first calendar year of the school year that began to be prepared last.
        """
        return today.year if today >= date(today.year, self.month, 1) else today.year - 1


CAMPAIGNS: Final[Mapping[str, Campaign]] = {
    one.code: one
    for one in (
        Campaign(
            "rentree",
            _("Rentrée"),
            _("Chaque établissement prépare l’année, importe ses élèves et reprend leurs INE."),
            6,
            {
                "keys": 14, "delegations": 14, "carried": 18, "sconet": 18, "common": 25, "nomenclatures": 11,
                "profile": 29, "structures": 32, "exports": 32, "software": 39, "import": 39, "blocked": 106,
                "ine-taken": 116, "constat": 121,
            },
        ),
        Campaign(
            "gep",
            _("Arrêt de GEP"),
            _("Chaque établissement reprend GEP, importe son logiciel, puis signe l’arrêt."),
            6,
            {"gep-taken": 32, "import": 39, "gep-stopped": 60},
        ),
        Campaign(
            "ine",
            _("INE"),
            _("Chaque élève a son INE, et le logiciel de l’établissement le reprend."),
            9,
            {"import": 10, "blocked": 14, "ine-settled": 30, "ine-taken": 45},
        ),
        Campaign(
            "constat",
            _("Constat de rentrée"),
            _("Plus de dossier bloqué, puis le chef d’établissement signe les effectifs."),
            9,
            {"import": 10, "blocked": 14, "constat": 29},
        ),
        Campaign(
            "cles",
            _("Des clés API aux clés OTP"),
            _("Chacun a une clé OTP ; les clés API ne servent plus."),
            6,
            {"keys": 14, "otp": 92},
        ),
    )
}  # fmt: skip


class UnknownCampaignError(NotThereError):
    """There is no campaign of this code.

    Args:
        code (str): as given.
    """

    code = "campaign.unknown"

    def __init__(self, code: str) -> None:
        known = ", ".join(CAMPAIGNS)
        super().__init__(f"Aucune campagne ne s’appelle « {code} » : choisissez parmi {known}.")


def campaign_of(code: str) -> Campaign:
    """Find a campaign.

    Args:
        code (str): its code.

    Returns:
        Campaign: the campaign.

    Raises:
        UnknownCampaignError: if there is none.
    """
    found = CAMPAIGNS.get(code)
    if found is None:
        raise UnknownCampaignError(code)
    return found
