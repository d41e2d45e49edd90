"""The world that the pages show: two schools, their people, the rectorat, its keys and its news."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.http import QueryDict
from django.utils import timezone
from tests.accounts.pskc import pskc, token
from tests.cast import Cast
from tests.exchange.ready_school import AT, BEFORE, YEAR, ready_school
from tests.exchange.spoiled import spoiled_file
from tests.exchange.tables_by_hand import HEADINGS, as_csv
from tests.exchange.test_places import PLACE, move
from tests.formats.conformity.test_signed import KEY, REPORT
from tests.ine.asking import civil_of, numbers, population as unnumbered
from tests.keys_of import totp_key
from tests.preparation.releasing import load_programmes, publish
from tests.twins import twin

from bascule.accounts import pending, sessions, support, tokens
from bascule.accounts.actor import actor_of
from bascule.accounts.keys import fleet
from bascule.accounts.keys.moves import Move
from bascule.accounts.keys.seeds import read_seeds
from bascule.accounts.models import Key, Person
from bascule.accounts.pending import Stage
from bascule.accounts.profiles import Permission, Profile
from bascule.accounts.scopes import Scope
from bascule.bea import nights
from bascule.bea.board import last_transfer
from bascule.bea.models import Night
from bascule.certificates.issue import candidates, issue
from bascule.certificates.models import Certificate
from bascule.constat.rounds import open_round
from bascule.constat.sign import reopen, sign
from bascule.exchange import long_lists, runs
from bascule.exchange.amend.edits import Edit
from bascule.exchange.amend.verbs import amend
from bascule.exchange.import_pipeline.conductor import reading
from bascule.exchange.lists import Form
from bascule.exchange.receive import deposit, receive_import
from bascule.figures import cells
from bascule.formats.conformity.signed import read, write
from bascule.formats.envelope import open_deposit
from bascule.generator.changes import next_day
from bascule.generator.population import Population
from bascule.helpdesk import news
from bascule.ine import answers
from bascule.ine.models import Request
from bascule.ine.queue import disputes
from bascule.journal.access import Visitor, note
from bascule.nomenclatures import release
from bascule.preparation import descent, offers, openings, successors
from bascule.qualification import keys, register, reports
from bascule.qualification.usage import software_of
from bascule.schools.directory import register_school
from bascule.schools.open_year import State, change_state, open_year
from bascule.schools.structures import structures_of
from bascule.students.lists import Criteria, columns_of
from bascule.students.models import Student
from bascule.values.uai import make_uai

__all__ = ["YEAR", "World", "build"]

#: The work that was done before the pages are looked at.
_SIGNED: dict[str, Any] = {"actor": "tests", "at": timezone.now()}


#: What was given, and which step comes next.
_HALF_IN = {
    "password given": Stage.KEY,
    "letter given": Stage.ACTIVATION,
    "first key asked": Stage.FIRST_KEY,
}


@dataclass
class World:
    """Who may be signed in, and what there is to see.

    `school` holds pupils, a year that is closed and one in preparation; `other` was just opened.
    """

    cast: Cast
    school: str
    other: str
    people: dict[str, Person] = field(default_factory=dict)
    pupil_id: int = 0
    #: A list that is being written.
    long_list: int = 0
    run_id: int = 0
    #: A pupil who has a certificate, and its code.
    certified_id: int = 0
    code: str = ""
    #: Imports in each state: school and run.
    imports: dict[str, tuple[str, int]] = field(default_factory=dict)
    #: By state: `stock`, `handed`, `active`; `own` is an application.
    keys: dict[str, Key] = field(default_factory=dict)
    token_id: int = 0
    support_id: int = 0
    #: Presses that open a year, by what became of them.
    openings: dict[str, int] = field(default_factory=dict)
    structure_id: int = 0
    night_id: int = 0
    #: What the last night did of the school with faults.
    transfer_id: int = 0
    #: Disputes in each state: school and request.
    disputes: dict[str, tuple[str, int]] = field(default_factory=dict)
    #: The person of the directory whom a merge that waits is about.
    identity_id: int = 0
    #: Lines of the register of software, and a key.
    withdrawn_id: int = 0
    excepted_id: int = 0
    fingerprint: str = ""
    #: A school that signed its constat.
    signed: str = ""
    #: A national number that the night gave.
    given: str = ""

    def session(self, who: str) -> str:
        """Open the session of somebody, as a browser has it; gives its number.

        `secretary, password given` is half in; `head, a form kept` had typed when her session ended.
        """
        store: SessionBase = import_module(settings.SESSION_ENGINE).SessionStore()
        name, _, what = who.partition(", ")
        person, now = self.people[name], timezone.now()
        if what in _HALF_IN:
            store.save()
            pending.begin(store, person=person, stage=_HALF_IN[what], at=now)
        else:
            agent = "Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/140.0"
            sessions.begin(
                store, person=person, key_id=None, at=now, address="127.0.0.1", agent=agent
            )
        if what == "inside the school":
            store["support"] = self.support_id
        if what == "a form kept":
            typed = QueryDict("title=La+rentrée&body=Les+dossiers+se+complètent+avant+le+15.")
            sessions.keep_form(store, path="/moi/exemple/", typed=typed)
        elif what == "proof asked":
            store["started_at"] = (now - timedelta(hours=1)).isoformat()
        elif what == "let in":
            store["support"] = self.support_id
        store.save()
        return str(store.session_key)


def build() -> World:
    """Make it, in the base that is open."""
    mine, other = ready_school(60), ready_school(4, number=2)
    run = mine.bring()
    signed: dict[str, Any] = {"uai": mine.uai, "actor": "authority", "at": BEFORE}
    open_year(year=YEAR - 1, **signed)
    change_state(year=YEAR - 1, state=State.CLOSED, **signed)
    open_year(year=YEAR + 1, **signed)
    world = World(Cast(school=mine.uai, other_school=other.uai), mine.uai, other.uai)
    with reading(mine.uai):
        pupils = Student.objects.filter(uai=mine.uai).order_by("id")[:2]
        world.pupil_id, other_id = (pupil.pk for pupil in pupils)
    made = issue(
        uai=mine.uai,
        year=YEAR,
        kind=Certificate.Kind.SCHOOLING,
        pupil_ids=[candidates(uai=mine.uai, year=YEAR)[0].id],
        actor="secretary",
        at=timezone.now(),
    ).certificates[0]
    world.certified_id, world.code = made.student_id, made.code
    world.run_id = run.pk
    world.structure_id = structures_of(uai=mine.uai, year=YEAR)[0].pk
    _imports(world)
    world.long_list = long_lists.ask(
        uai=mine.uai,
        year=YEAR,
        criteria=Criteria(),
        columns=columns_of(["nom"]),
        filters=(),
        form=Form.CSV,
        author="Claire MOREL",
        count=50_000,
        actor="claire.morel",
        at=timezone.now(),
    )
    twin(mine.uai, of=world.pupil_id, beside=other_id)
    move(mine, PLACE, PLACE._replace(line1="12 bis av de St Cloud"))
    _nomenclatures(world)
    _people(world)
    _keys(world)
    _news()
    _looks(world)
    _openings(world)
    _nights(world)
    _software(world)
    return world


def _imports(world: World) -> None:
    """Bring imports to each state, in schools of their own: a new file takes the place of one that waits."""
    now, signed = timezone.now(), {"year": YEAR, "actor": "secretary"}
    applied, planned, held, received = (ready_school(30, number=n) for n in (3, 4, 5, 6))
    for school in (applied, planned, held):
        school.bring(at=now if school is applied else AT)
    fewer = Population(
        held.population.teaching, held.population.persons, held.population.pupils[:25]
    )
    for name, school, population in (
        ("planned", planned, next_day(planned.population, 0.6, 3, on=AT.date()).population),
        ("held", held, fewer),
        ("received", received, received.population),
    ):
        files = [school.file(population, at=now)]
        run = deposit(files=files, uai=school.uai, at=now, **signed).run
        if name != "received":
            runs.resume(uai=school.uai, actor="worker", at=now)
        world.imports[name] = (school.uai, run.pk)
    world.imports["applied"] = (applied.uai, runs.list_runs(uai=applied.uai)[0].pk)
    name, content = applied.file(at=now)
    xml = b"".join(open_deposit(name, content).chunks())
    cut = deposit(
        files=[("eleves.xml", xml[: len(xml) // 2])], uai=applied.uai, at=now, **signed
    ).run
    runs.resume(uai=applied.uai, actor="worker", at=now)
    world.imports["refused"] = (applied.uai, cut.pk)
    untold = ready_school(12, number=17)
    # A CSV of DOS: its accents are looked at, too.
    table = as_csv(untold.population, ("Patronyme usuel", *HEADINGS[1:]), encoding="cp850")
    run = deposit(files=[table], uai=untold.uai, at=now, asks=True, **signed).run
    world.imports["untold"] = (untold.uai, run.pk)
    spoiled = ready_school(30, number=8)
    run = receive_import(
        files=[spoiled_file(spoiled.population, 5)], uai=spoiled.uai, at=AT, apply=True, **signed
    ).run
    world.imports["spoiled"] = (spoiled.uai, run.pk)
    with reading(spoiled.uai):
        corrected = Student.objects.filter(uai=spoiled.uai).order_by("id")[0].pk
    typed = Edit({"regime": "2", "email": "eleve@exemple.fr"}, pupil_id=corrected)
    amend(uai=spoiled.uai, edits=[typed], at=now, **signed)
    for uai in {uai for uai, _ in world.imports.values()}:
        world.cast.give("hugo.plusieurs", Profile.HEAD, uai)


def _nomenclatures(world: World) -> None:
    """Let the school receive the closing of two of its MEF, and move the pupils of one; nothing came next door."""
    where: dict[str, Any] = {"uai": world.school, "year": YEAR, **_SIGNED}
    load_programmes()
    publish()
    descent.receive(**where)
    *_, fourth, third = offers.state_of(uai=world.school, year=YEAR).mefs
    release.decide(year=YEAR, excluded=[fourth, third], **_SIGNED)
    release.publish(year=YEAR, **_SIGNED)
    descent.receive(**where)
    for closed in descent.changes(uai=world.school, year=YEAR).closed:
        if closed.code == fourth:
            successors.move_to_successor(old=fourth, new=closed.successor, **where)
    # What the authority prepares for the next one.
    release.decide(year=YEAR, excluded=["10010027110"], **_SIGNED)


def _people(world: World) -> None:
    cast = world.cast
    both = cast.person("marie-helene.de-la-tour-du-pin")
    cast.give(both.login, Profile.HEAD)
    cast.give(both.login, Profile.HEAD, world.other)
    invited = cast.person("lea.attendue", state=Person.State.INVITED)
    soon = timezone.localdate() + timedelta(days=12)
    for permission in (one for one in Permission if one.is_delegable):
        cast.give(invited.login, Profile.DELEGATE, permission=permission, ends_on=soon)
    world.people = {
        "head": cast.head,
        "secretary": cast.secretary,
        # Her school has nothing yet.
        "head next door": cast.head_next_door,
        "head of both": both,
        "outsider": cast.outsider,
        "head of imports": cast.person("hugo.plusieurs"),
        # Has a letter to come, and rights one by one.
        "invited": invited,
        # Has a password and no key yet.
        "new": cast.person("lucie.nouvelle"),
        **{one.code: cast.of_authority(one) for one in Profile if one.is_of_authority},
    }


def _constats(world: World, signed: str) -> None:
    """Open the constat of the year, which one school signed, and another signed before it was reopened."""
    today = timezone.localdate()
    open_round(
        year=YEAR,
        opens_on=today,
        closes_on=today + timedelta(days=14),
        observed_on=AT.date(),
        **_SIGNED,
    )
    for uai in (signed, world.school):
        sign(
            uai=uai,
            year=YEAR,
            signatory="Claire MOREL",
            explanations={},
            actor="claire.morel",
            at=timezone.now(),
        )
    reopen(uai=world.school, year=YEAR, why="La 6e 2 n’est pas complète.", until=None, **_SIGNED)
    world.signed = signed


def _software(world: World) -> None:
    """Qualify what the school sends with in other versions, one withdrawn, one in spite of a scenario."""
    name, _version = software_of(uai=world.school, year=YEAR)
    content = write(replace(REPORT, software=name), KEY)
    world.fingerprint = read(content).fingerprint
    keys.trust_key(fingerprint=world.fingerprint, holder="Éditions d’essai", **_SIGNED)
    said = {"reason": "La ligne coupée est reprise à la main.", **_SIGNED}
    days: dict[str, Any] = {"starts_on": AT.date(), "ends_on": AT.date() + timedelta(days=900)}
    world.excepted_id = reports.qualify_from_report(content=content, **days, **said).pk
    old = register.qualify(editor="Éditions d’essai", software=name, version="3.9", **days, **said)
    world.withdrawn_id = register.withdraw(
        qualification_id=old.pk, why="Perd les options des élèves.", **_SIGNED
    ).pk


def _openings(world: World) -> None:
    """Press three times: one is done, one stopped at a school that cannot, one waits for a worker."""
    third = make_uai("099", 333)
    register_school(uai=third, name="École Sainte-Thérèse-de-l’Enfant-Jésus", **_SIGNED)
    open_year(uai=third, year=YEAR, state=State.CURRENT, **_SIGNED)
    for name, uai, year in (
        ("done", third, YEAR + 1),
        ("stopped", world.school, YEAR + 2),
        ("at-work", world.other, YEAR + 1),
    ):
        pressed = openings.press(uais=[uai], year=year, keeps_going=False, **_SIGNED)
        if name != "at-work":
            openings.run(number=pressed.pk, clock=timezone.now)
        world.openings[name] = pressed.pk


def _nights(world: World) -> None:
    """Pass two nights; three pupils who came to another school look like others who were known."""
    known, fresh = ready_school(12, number=9), ready_school(12, number=10)
    known.bring(unnumbered(known))
    made: dict[str, Any] = {"origin": Night.Origin.ASKED, "actor": "deep", "clock": timezone.now}
    nights.run(day=AT.date(), **made)
    children, own = known.population.pupils, unnumbered(fresh).pupils
    twin_names = {"first": "Zébulon", "second": "", "third": ""}
    likes = [
        replace(own[0], **civil_of(children[0]) | twin_names),
        replace(own[1], **civil_of(children[1]) | twin_names),
        # Another child, with the number of the first one who has one.
        replace(own[2], ine=next(filter(None, numbers(known.uai).values()))),
    ]
    fresh.bring(unnumbered(fresh, [*likes, *own[3:]]))
    world.night_id = nights.run(day=AT.date() + timedelta(days=1), **made).pk
    cells.keep_up(clock=timezone.now)
    _constats(world, known.uai)
    last = last_transfer(uai=world.imports["spoiled"][0], year=YEAR)
    world.transfer_id = last.pk if last else 0
    signed = {"why": "Le livret de famille le dit.", "actor": "agent.un", "at": timezone.now()}
    found = disputes(at=timezone.now(), uais=[fresh.uai]).rows
    for name, one in zip(("open", "settled", "waiting"), found, strict=True):
        about = {"uai": one.uai, "request_id": one.request_id}
        world.disputes[name] = (one.uai, one.request_id)
        if name == "settled":
            world.given = answers.answer_different(**about, **signed).number or ""
        elif name == "waiting":
            with reading(one.uai):
                person = Request.objects.get(pk=one.request_id).candidates[0]["person"]
            answers.answer_same(**about, **signed, person_id=person)
            world.identity_id = person


def _keys(world: World) -> None:
    seeds = read_seeds(content=pskc(*(token(number) for number in range(1, 31))))
    fleet.receive(seeds=seeds, **_SIGNED)
    stock, handed, active, *_ = Key.objects.order_by("serial")
    for key in (handed, active):
        fleet.hand_over(
            key_id=key.pk,
            person_id=world.cast.secretary.pk,
            uai=world.school,
            today=timezone.localdate(),
            **_SIGNED,
        )
        key.refresh_from_db()
    fleet.carry_out(active, Move.ACTIVATE, **_SIGNED)
    own = totp_key(world.cast.secretary).key
    world.keys = {"stock": stock, "handed": handed, "active": active, "own": own}


def _news() -> None:
    today = timezone.localdate()
    news.publish(
        title="L’assistance répond aussi le samedi matin en septembre",
        body="De 9 h à 12 h, par téléphone.\n\nLes autres jours, rien ne change.",
        starts_on=today,
        ends_on=today + timedelta(days=20),
        **_SIGNED,
    )


def _looks(world: World) -> None:
    """Let software and an agent of the help desk look at the school, and another one ask."""
    now, today = timezone.now(), timezone.localdate()
    head, agent = (
        actor_of(world.people[who], today=today) for who in ("head", Profile.CECOIA.code)
    )
    made = tokens.create(
        uai=world.school, name="Charlemagne", scopes=list(Scope), actor=head, at=now, today=today,
        expires_on=today + timedelta(days=200),
    )  # fmt: skip
    world.token_id = made.token.pk
    note(
        kind="api.call", visitor=Visitor("Charlemagne"), at=now, uai=world.school,
        about=tokens.about(made.token.pk), facts={"route": "api-v1:imports"},
    )  # fmt: skip
    note(
        kind="record.read", visitor=head.visitor, at=now, uai=world.school,
        about=f"student/{world.pupil_id}", purpose="gestion de l’élève",
    )  # fmt: skip
    opened = support.ask(
        uai=world.school, reason="Un import reste en attente depuis ce matin", minutes=45,
        actor=agent, at=now,
    )  # fmt: skip
    support.accept(uai=world.school, support_id=opened.pk, actor=head, at=now)
    looking = replace(agent, support_id=opened.pk)
    support.note_page(uai=world.school, page="pupils:list", method="GET", actor=looking, at=now)
    world.support_id = opened.pk
    world.cast.give("luc.conseiller", Profile.CECOIA)
    support.ask(
        uai=world.school, reason="Vérifier les divisions de la rentrée", minutes=20, at=now,
        actor=actor_of(world.cast.person("luc.conseiller"), today=today),
    )  # fmt: skip
