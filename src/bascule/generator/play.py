"""The story of the demonstration: one school's exchange with its académie, played on the real verbs.

Each scene does its part of the work and gives the facts; the face that plays it decides how they are
told. The schools are new ones each time, of départements that do not exist: what a play wrote before
stays as it is, since a journal is only added to.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import cached_property
from itertools import count, islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from bascule.accounts import support
from bascule.accounts.profiles import Profile
from bascule.bea import board, nights
from bascule.bea.models import Night
from bascule.errors import RefusedError
from bascule.exchange import runs
from bascule.exchange.check import check_files
from bascule.exchange.export import EVERYTHING, SentFileContent, export
from bascule.exchange.import_pipeline.conductor import reading
from bascule.exchange.import_pipeline.report import CHANGED, Report, Tally
from bascule.exchange.receive import receive_import
from bascule.exchange.reports import Form, read_report, report
from bascule.figures import cells
from bascule.findings import Effect
from bascule.formats.bee_eleves.reader import read as read_pupils
from bascule.formats.envelope import open_deposit
from bascule.generator import staff
from bascule.generator.academy import MOST_SCHOOLS, Academy, School, demo
from bascule.generator.cast import Cast
from bascule.generator.files import (
    MadeFile,
    zipped,
)
from bascule.generator.places import DEPARTMENTS
from bascule.generator.scenes import (
    Anomaly,
    Applied,
    Carried,
    Change,
    Changed,
    Checked,
    Compared,
    Corrected,
    Installed,
    Numbered,
    Opened,
    Parting,
    Passed,
    Returned,
    Undone,
    Verified,
)
from bascule.generator.school import (
    TeachingYear,
    commun_records,
    national_programmes,
    nomenclature_records,
    structure_records,
    teaching_year,
)
from bascule.helpdesk import news
from bascule.ine.standing import Stand, standing
from bascule.journal.act import AUTHORITY
from bascule.journal.verify import verify_chain
from bascule.nomenclatures.load import load_package, load_table
from bascule.nomenclatures.profile import load_profile
from bascule.preparation.structures import validate_structures
from bascule.schools.directory import SchoolAlreadyKnownError, list_schools, register_school
from bascule.schools.load import add_division, load_common, load_structures
from bascule.schools.open_year import State, open_year
from bascule.students import holdings
from bascule.values import school_year

_NEWS = (
    "Les établissements envoient leur premier fichier d’élèves. Le compte rendu dit, ligne par ligne, ce qui"
    " est à corriger dans votre logiciel."
)
_WHY_SUPPORT = "Vous avez appelé au sujet d’une division inconnue : regardons ensemble."


class NotEmbeddedError(RefusedError):
    """The base is not the one that comes with the program."""

    code = "demo.not-embedded"

    def __init__(self) -> None:
        super().__init__(
            "La démonstration écrit des élèves fictifs : elle ne se joue que dans la base fournie avec le programme. "
            "Retirez le réglage BASCULE_DATABASE_URL, puis relancez-la."
        )


class RealSchoolsError(RefusedError):
    """The base holds schools that are not fictional.

    Args:
        uai (str): one of them.
    """

    code = "demo.real-schools"

    def __init__(self, uai: str) -> None:
        super().__init__(
            f"Cette base contient un véritable établissement ({uai}) : la démonstration n’y écrit rien. "
            "Indiquez un autre dossier dans BASCULE_HOME, puis relancez-la."
        )
        self.uai = uai


class NoNumberLeftError(RefusedError):
    """The fictional départements are full."""

    code = "demo.full"

    def __init__(self) -> None:
        super().__init__(
            "La démonstration a été jouée tant de fois qu’il ne reste plus de numéro d’établissement fictif. "
            "Indiquez un autre dossier dans BASCULE_HOME, puis relancez-la."
        )


# The play


class Play:
    """One performance; its scenes are played once each, in their order.

    Args:
        clock (Callable[[], datetime]): tells the time, with its time zone.
        actor (str): who plays, as acts name it.

    Attributes:
        year: first calendar year of the school year played.
        school: the school of the story.
        folder: where its files are written.
    """

    def __init__(self, *, clock: Callable[[], datetime], actor: str) -> None:
        if not settings.BASCULE_EMBEDDED:
            raise NotEmbeddedError
        self._clock = clock
        self._actor = actor
        self._schools = _register(**self._by)
        self.year = school_year.school_year_of(timezone.localtime(clock()).date())
        self.school = self._schools[0]
        self.folder: Path = settings.BASCULE_HOME / "demo" / self.school.uai
        self._sent_count = 0
        self._anomaly_count = 0
        self._run = 0
        self._third = Path()
        self._digests = ("", "")

    def install(self) -> Installed:
        """Open the year of every school, with what it teaches.

        Returns:
            Installed: who is there.
        """
        load_package(**self._by)
        # What the authority diffuses holds the programmes of all that its schools teach.
        load_table(
            name="programme",
            file_name="programmes-fictifs.csv",
            content=national_programmes(),
            **self._by,
        )
        for school in self._schools:
            teaching, at = teaching_year(school, self.year), self._clock()
            its = {"uai": school.uai, "year": self.year, **self._by}
            open_year(**its, state=State.CURRENT)
            load_profile(**its, records=nomenclature_records(teaching, at))
            load_structures(**its, records=structure_records(teaching, at))
            load_common(**its, records=commun_records(teaching, at))
        school = self.school
        return Installed(
            academy=demo().name,
            school_count=len(self._schools),
            pupil_count=sum(school.pupils for school in self._schools),
            year=self.year,
            uai=school.uai,
            name=school.name,
            kind=school.kind.official_name,
            town=school.town.name,
            software=school.software,
            divisions=tuple(division.code for division in self._teaching.divisions),
        )

    def send_down(self) -> Carried:
        """Send nomenclatures, structures and common data down to the school.

        Returns:
            Carried: the files.
        """
        kinds = ("nomenclature", "structures", "communs")
        sent = export(uai=self.school.uai, year=self.year, kinds=kinds, **self._by)
        return self._carry(sent, "1-descente")

    def check(self) -> Checked:
        """Check the school's file with what was sent down to it, without any base.

        Returns:
            Checked: what is found.
        """
        path = self._press_the_button(self._cast.faulty_file)
        down = sorted((self.folder / "1-descente").iterdir())
        files = [(file.name, file.read_bytes()) for file in (path, *down)]
        checked = check_files(files)[0]
        return Checked(
            path=path,
            person_count=checked.counts["PERSONNE"],
            pupil_count=checked.counts["ELEVE"],
            codes=dict(Counter(finding.rule.code for finding in checked.findings)),
        )

    def compare(self, path: Path) -> Compared:
        """Compare a file with the base; nothing of it is written.

        Args:
            path (Path): the file.

        Returns:
            Compared: what it would do.
        """
        return self._receive(path, apply=False)

    def confirm(self, compared: Compared) -> Applied:
        """Apply a run, and write its papers.

        Args:
            compared (Compared): the run.

        Returns:
            Applied: the run, and where its papers are.
        """
        runs.approve(run_id=compared.run, uai=self.school.uai, **self._by)
        folder = self._made_folder("3-compte-rendu")
        papers = []
        for form in (Form.PDF, Form.CSV, Form.JSON):
            papers.append(folder / f"compte-rendu.{form}")
            papers[-1].write_bytes(report(run_id=compared.run, uai=self.school.uai, form=form))
        applied = self._compared(compared.run)
        self._anomaly_count = len(applied.anomalies)
        return Applied(applied, tuple(papers))

    def correct(self) -> Corrected:
        """Create the missing division, and apply the file that the school has corrected.

        Returns:
            Corrected: the second run.
        """
        cast = self._cast
        add_division(
            uai=self.school.uai,
            year=self.year,
            code=cast.division,
            label=f"DIVISION {cast.division}",
            mefs=sorted({pupil.mef for pupil in cast.moved}),
            **self._by,
        )
        validate_structures(uai=self.school.uai, year=self.year, **self._by)
        path = self._press_the_button(cast.corrected_file)
        compared = self._receive(path, apply=True)
        return Corrected(cast.division, self._anomaly_count, compared, path)

    def pass_night(self) -> Passed:
        """Let the evening's night pass over the school.

        Returns:
            Passed: what went up, and what came back.
        """
        uai, day = self.school.uai, timezone.localtime(self._clock()).date()
        nights.run(
            day=day, origin=Night.Origin.ASKED, uais=[uai], actor=self._actor, clock=self._clock
        )
        cells.keep_up(clock=self._clock)
        sent = board.transfers(uai=uai, year=self.year, most=1)[0]
        stands = standing(uai=uai, year=self.year).counts
        return Passed(
            sent.sent_count,
            sent.base_count,
            sent.blocked_count,
            sent.given_count,
            stands.get(Stand.DISPUTE, 0),
            bool(sent.is_reconciled),
        )

    def change(self) -> Changed:
        """Apply a third file: a guardian taken from a pupil, another pupil in another division.

        Returns:
            Changed: the third run.
        """
        before = self._digest()
        self._third = path = self._press_the_button(self._cast.third_file)
        compared = self._receive(path, apply=True)
        self._run, self._digests = compared.run, (before, self._digest())
        return Changed(compared, path)

    def send_back(self) -> Returned:
        """Send every official file to the school, and read its pupils again: nothing differs.

        Returns:
            Returned: the files, and the run that read them.
        """
        uai = self.school.uai
        sent = export(uai=uai, year=self.year, kinds=[EVERYTHING], **self._by)
        carried = self._carry(sent, "4-retour")
        back = {file.kind: file for file in sent}
        pupils = [
            Numbered(
                f"{fields['NOM_DE_FAMILLE']} {fields['PRENOM']}",
                str(fields["@ELEVE_ID"]),
                str(fields["@ELENOET"]),
                str(fields.get("ID_NATIONAL", "")),
            )
            for fields in _pupils_of(back["eleves"])
        ]
        numbered = [pupil for pupil in pupils if pupil.national_id]
        received = receive_import(
            files=[(back[kind].name, back[kind].content) for kind in ("eleves", "responsables")],
            uai=uai,
            year=self.year,
            **self._by,
        )
        reread = self._compared(received.run.pk)
        # Nothing differs: there is nothing to confirm.
        runs.decline(run_id=reread.run, uai=uai)
        return Returned(carried, len(pupils), len(numbered), numbered[0], reread)

    def undo(self) -> Undone:
        """Undo the third file.

        Returns:
            Undone: the state before it, and the state now.
        """
        runs.undo(run_id=self._run, uai=self.school.uai, **self._by)
        return Undone(self._run, *self._digests, self._digest())

    def open_portal(self) -> Opened:
        """Give everybody an account, a key and rights; leave something that waits for them.

        Returns:
            Opened: who may come in.
        """
        at = self._clock()
        staff.settle(uais=[school.uai for school in self._schools[:2]], at=at)
        waiting = self._receive(self._third, apply=False)
        today = timezone.localdate(at)
        if not news.current(today=today):
            news.publish(
                title="La campagne d’import est ouverte",
                body=_NEWS,
                starts_on=today,
                ends_on=today + timedelta(days=30),
                **self._by,
            )
        agent = staff.actor_in(Profile.CECOIA, at=at)
        support.ask(
            uai=self.school.uai, reason=_WHY_SUPPORT, minutes=30, actor=agent, at=self._clock()
        )
        return Opened(len(staff.players(at=at)), waiting.run)

    def verify(self) -> Verified:
        """Verify the journal of the authority and of every school.

        Returns:
            Verified: what is found.
        """
        uais = (AUTHORITY, *(school.uai for school in self._schools))
        chains = [verify_chain(uai=uai) for uai in uais]
        faults = tuple(f"{chain.uai}, {fault}" for chain in chains for fault in chain.faults)
        return Verified(len(chains), sum(chain.count for chain in chains), faults)

    @property
    def _by(self) -> dict[str, Any]:
        return {"actor": self._actor, "at": self._clock()}

    @cached_property
    def _teaching(self) -> TeachingYear:
        return teaching_year(self.school, self.year)

    @cached_property
    def _cast(self) -> Cast:
        return Cast(self._teaching, timezone.localtime(self._clock()))

    def _press_the_button(self, made: "Callable[[datetime, int], MadeFile]") -> Path:
        """Make a file as the school's software does; ten minutes passed since the last one."""
        self._sent_count += 1
        at = timezone.localtime(self._clock()) - timedelta(minutes=30 - 10 * self._sent_count)
        file = zipped(made(at, self._sent_count), at)
        path = self._made_folder("2-envois") / file.name
        path.write_bytes(file.content)
        return path

    def _receive(self, path: Path, *, apply: bool) -> Compared:
        received = receive_import(
            files=[(path.name, path.read_bytes())],
            uai=self.school.uai,
            year=self.year,
            apply=apply,
            **self._by,
        )
        return self._compared(received.run.pk)

    def _compared(self, run_id: int) -> Compared:
        return _told(read_report(runs.read_detail(run_id=run_id, uai=self.school.uai)))

    def _digest(self) -> str:
        with reading(self.school.uai):
            return holdings.state_digest(uai=self.school.uai)

    def _carry(self, files: list[SentFileContent], name: str) -> Carried:
        folder = self._made_folder(name)
        for file in files:
            (folder / file.name).write_bytes(file.content)
        return Carried(folder, {file.name: file.counts for file in files})

    def _made_folder(self, name: str) -> Path:
        folder = self.folder / name
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder


# Who is there


def _register(*, actor: str, at: datetime) -> tuple[School, ...]:
    """Register the first dozen of fictional schools that the directory does not have yet."""
    known = {school.uai for school in list_schools()}
    real = next((uai for uai in sorted(known) if not uai.startswith(DEPARTMENTS)), None)
    if real:
        raise RealSchoolsError(real)
    for schools in _dozens():
        if known.isdisjoint(school.uai for school in schools):
            try:
                for school in schools:
                    register_school(uai=school.uai, name=school.name, actor=actor, at=at)
            except SchoolAlreadyKnownError:
                # Another performance took this dozen a moment ago.
                continue
            return schools
    raise NoNumberLeftError


def _dozens() -> Iterator[tuple[School, ...]]:
    """Give the schools of the demonstration, then as many others, for ever the same."""
    first = demo()
    size = len(first)
    for rank in range(1, MOST_SCHOOLS // size + 1):
        longer = Academy(first.name, first.seed, first.sizes * rank, first.kinds * rank)
        yield tuple(islice(map(longer.school, count(size * (rank - 1) + 1)), size))


# What is told


def _told(told: Report) -> Compared:
    written = next(section for section in told.sections if section.code == "pupils_written")
    found = (row for section in told.sections for row in section.rows if row.code)
    return Compared(
        run=told.head.run_id,
        state=told.head.state,
        persons=_figures(told.persons),
        pupils=_figures(told.pupils),
        sections={section.title: section.record_count for section in told.sections},
        anomalies=tuple(
            Anomaly(row.name, row.anomaly, row.value, row.remedy, row.code, Effect(row.effect))
            for row in found
        ),
        removals=tuple(Parting(removal.pupil, removal.guardian) for removal in told.removals),
        changes=tuple(
            Change(row.name, row.changes) for row in written.rows if row.action == CHANGED
        ),
    )


def _figures(tally: Tally) -> dict[str, int]:
    return {
        "read": tally.read_count,
        "created": tally.created_count,
        "changed": tally.changed_count,
        "unchanged": tally.unchanged_count,
        "rejected": tally.rejected_count,
    }


def _pupils_of(file: SentFileContent) -> Iterator[Any]:
    for record in read_pupils(open_deposit(file.name, file.content).chunks()):
        if record.tag == "ELEVE":
            yield record.fields
