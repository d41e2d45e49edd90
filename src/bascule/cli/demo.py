"""`bascule demo`: a fictional académie, and one real exchange of files played before your eyes."""

import json
import re
import shlex
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from bascule.cli.asking import AsJson, actor, now
from bascule.cli.counts import plural
from bascule.cli.serve import free_port, serve
from bascule.generator import scenes as story
from bascule.generator.play import Play
from bascule.store.base import open_base
from bascule.values import school_year

app = typer.Typer(add_completion=False)

Facts = TypeVar("Facts")

#: Columns of a picture: the longest command proposed stands on one line.
_WIDTH = 112
_FONT_FACE = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
_INDENT = 3
_ANOMALIES_TOLD = 3
_DIGITS_TOLD = 16
#: Seconds below which a time is not told.
_SHORTEST = 0.1
_TALLY = ("read", "created", "changed", "unchanged", "rejected")
_TALLY_HEAD = ("Lus", "Ajoutés", "Modifiés", "Inchangés", "Mis de côté")


@app.command("demo", help="Joue un échange complet sur une académie fictive.")
def demo(
    *,
    pace: Annotated[
        float,
        typer.Option(
            metavar="SECONDES", min=0, max=60, help="Pause entre deux scènes, devant un public."
        ),
    ] = 0,
    picture: Annotated[
        Path | None,
        typer.Option(metavar="FICHIER", dir_okay=False, help="Garde l’écran en image SVG."),
    ] = None,
    site: Annotated[
        bool | None,
        typer.Option(
            "--site/--no-site",
            help="Ouvre ensuite le site, avec ses personnages ; dans un terminal, c’est le cas d’office.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Play the demonstration, then open the site.

    Args:
        pace (float): seconds between two scenes.
        picture (Path | None): where to keep the screen, as SVG.
        site (bool | None): whether to open the site; None for yes if somebody is there to see it.
        as_json (bool): print the facts instead of the story.
    """
    console = Console(
        highlight=False,
        quiet=as_json,
        record=picture is not None,
        width=_WIDTH if picture is not None else None,
    )
    teller = _Teller(console, pace)
    with ExitStack() as stack:
        with teller.working("La base s’ouvre"):
            stack.enter_context(open_base())
        play = Play(clock=now, actor=actor())
        teller.begin()
        facts = _tell(teller, play)
    following = _next_commands(play, facts)
    teller.end(following)
    if picture is not None:
        _draw(console, picture)
    if as_json:
        content = {
            "school": play.school.uai,
            "year": play.year,
            "folder": play.folder,
            "seconds": round(teller.elapsed, 2),
            "scenes": {name: asdict(of_scene) for name, of_scene in facts.items()},
            "next": following,
        }
        print(json.dumps(content, ensure_ascii=False, indent=2, default=str))
    is_watched = sys.stdout.isatty() and not as_json and picture is None
    if is_watched if site is None else site:
        serve(port=free_port())


def _draw(console: Console, picture: Path) -> None:
    svg = console.export_svg(title="bascule demo")
    picture.parent.mkdir(parents=True, exist_ok=True)
    # Its fonts are on somebody's server: a picture that calls nobody takes the reader's own.
    picture.write_text(_FONT_FACE.sub("", svg), encoding="utf-8")


@dataclass
class _Teller:
    """Tells scenes one after the other, with the time that each took."""

    console: Console
    pace: float
    elapsed: float = 0
    _scene: int = field(default=0, repr=False)

    def begin(self) -> None:
        self.console.print(Rule("[bold]Bascule, la démonstration[/bold]"))
        self.say(
            "Une académie, ses établissements privés, et un échange de bout en bout. Les écoles, les élèves et les"
            " familles sont inventés ; les fichiers, les contrôles et la base sont les vrais."
        )

    def play(self, title: str, scene: Callable[[], Facts]) -> Facts:
        if self._scene and self.pace:
            time.sleep(self.pace)
        self._scene += 1
        with self.working(title):
            started = time.perf_counter()
            facts = scene()
            took = time.perf_counter() - started
        self.elapsed += took
        line = Table.grid(expand=True)
        line.add_column(ratio=1)
        line.add_column(justify="right", style="dim", no_wrap=True)
        line.add_row(
            f"[bold cyan]{self._scene:>2}[/bold cyan] [bold]{title}[/bold]", _seconds(took)
        )
        self.console.print()
        self.console.print(line)
        return facts

    def say(self, *sentences: str, step: int = 0) -> None:
        for sentence in sentences:
            self.show(Text.from_markup(sentence), step=step)

    def show(self, thing: RenderableType, *, step: int = 0) -> None:
        left = _INDENT + 2 * step
        self.console.print(Padding(thing, (0, 0, 0, left), expand=False))

    def end(self, following: Mapping[str, str]) -> None:
        self.console.print()
        self.console.print(Rule(f"[bold]C’est fini, en {_seconds(self.elapsed)}.[/bold] À vous"))
        for what, command in following.items():
            self.say(what)
            # Not wrapped: a command is copied as it stands.
            self.console.print(f"      [green]{escape(command)}[/green]", soft_wrap=True)

    @contextmanager
    def working(self, title: str) -> Iterator[None]:
        if self.console.is_terminal and not self.console.record:
            with self.console.status(f"{title}…"):
                yield
        else:
            yield


def _tell(teller: _Teller, play: Play) -> dict[str, Any]:
    """Play every scene, and tell it.

    Returns the facts of each, by name.
    """
    installed = teller.play("L’académie ouvre l’année", play.install)
    _tell_installed(teller, installed)
    carried = teller.play("Les nomenclatures descendent vers le collège", play.send_down)
    _tell_carried(teller, carried, installed.software)
    checked = teller.play("Le collège contrôle son fichier avant de l’envoyer", play.check)
    _tell_checked(teller, checked)
    compared = teller.play(
        "Il l’envoie : le rectorat compare, sans rien écrire", lambda: play.compare(checked.path)
    )
    _tell_compared(teller, compared)
    applied = teller.play("Le chef d’établissement confirme", lambda: play.confirm(compared))
    _tell_applied(teller, applied)
    corrected = teller.play("On corrige, le collège renvoie", play.correct)
    _tell_corrected(teller, corrected)
    passed = teller.play("La nuit passe, et les INE arrivent", play.pass_night)
    _tell_passed(teller, passed)
    changed = teller.play("Plus tard, la vie de l’établissement", play.change)
    _tell_changed(teller, changed)
    returned = teller.play("Les numéros reviennent au collège", play.send_back)
    _tell_returned(teller, returned)
    undone = teller.play("On change d’avis : l’import est annulé", play.undo)
    _tell_undone(teller, undone)
    opened = teller.play("Le portail ouvre ses portes", play.open_portal)
    _tell_opened(teller, opened)
    verified = teller.play("Le journal est relu", play.verify)
    _tell_verified(teller, verified)
    return {
        "install": installed,
        "send_down": carried,
        "check": checked,
        "compare": compared,
        "confirm": applied,
        "correct": corrected,
        "pass_night": passed,
        "change": changed,
        "send_back": returned,
        "undo": undone,
        "open_portal": opened,
        "verify": verified,
    }


def _tell_installed(teller: _Teller, facts: story.Installed) -> None:
    teller.say(
        f"Académie de {facts.academy} : {facts.school_count} établissements privés,"
        f" {_number(facts.pupil_count)} élèves, année {school_year.label(facts.year)}.",
        f"Suivons l’un d’eux : le collège [bold]{escape(_titled(facts.name))}[/bold] ({facts.uai}),"
        f" à {escape(_titled(facts.town))}, {plural(len(facts.divisions), 'division')}.",
    )


def _tell_carried(teller: _Teller, facts: story.Carried, software: str) -> None:
    words = {"MEF": "formation", "MATIERE": "matière", "DIVISION": "division", "GROUPE": "groupe"}
    counts = {tag: number for file in facts.files.values() for tag, number in file.items()}
    told = [plural(counts[tag], word) for tag, word in words.items() if tag in counts]
    teller.say(
        f"{len(facts.files)} fichiers pour son logiciel, {escape(software)} : {', '.join(told)}, et le calendrier."
    )


def _tell_checked(teller: _Teller, facts: story.Checked) -> None:
    teller.say(
        f"{_number(facts.pupil_count)} élèves et {_number(facts.person_count)} responsables. Nous y avons glissé des"
        " fautes, comme il s’en trouve chaque année.",
        f"Sans connexion, {_number(sum(facts.codes.values()))} remarques sont trouvées.",
    )


def _tell_compared(teller: _Teller, facts: story.Compared) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for title in ("", *_TALLY_HEAD):
        table.add_column(title, justify="right" if title else "left")
    for title, tally in (("Élèves", facts.pupils), ("Responsables", facts.persons)):
        table.add_row(title, *(_number(tally[word]) for word in _TALLY))
    teller.show(table)


def _tell_applied(teller: _Teller, facts: story.Applied) -> None:
    written = facts.compared.pupils["created"]
    teller.say(f"{_number(written)} élèves entrent dans la base. Le compte rendu :")
    for title, record_count in facts.compared.sections.items():
        if record_count:
            teller.say(f"[bold]{record_count:>3}[/bold]  {escape(title)}", step=1)
    teller.say("Trois anomalies, et comment les corriger :")
    for anomaly in facts.compared.anomalies_by_weight()[:_ANOMALIES_TOLD]:
        read = f" (lu\N{NO-BREAK SPACE}: {escape(anomaly.value)})" if anomaly.value else ""
        teller.say(
            f"[bold]{escape(anomaly.record)}[/bold] : [yellow]{escape(anomaly.anomaly)}[/yellow]{read}",
            step=1,
        )
        teller.say(f"→ {escape(anomaly.remedy)}", step=2)
    teller.say(f"À lire, en PDF ou dans un tableur : {escape(_near(facts.papers[0].parent))}")


def _tell_corrected(teller: _Teller, facts: story.Corrected) -> None:
    pupils = facts.compared.pupils
    teller.say(
        f"La division {escape(facts.division)} manquait : elle est créée. Le collège corrige le reste chez lui.",
        f"Anomalies : [yellow]{facts.anomaly_count_before}[/yellow] avant,"
        f" [green]{len(facts.compared.anomalies)}[/green] après. {pupils['created']} élèves ajoutés,"
        f" {pupils['changed']} complétés, {pupils['unchanged']} inchangés.",
    )


def _tell_passed(teller: _Teller, facts: story.Passed) -> None:
    agreed = "[green]tout concorde[/green]" if facts.is_reconciled else "un écart reste à expliquer"
    teller.say(
        f"{_number(facts.sent_count)} dossiers montent dans la base académique, qui tient"
        f" {_number(facts.base_count)} élèves : {agreed} entre le fichier, l’établissement et la base."
    )
    teller.say(
        f"{plural(facts.given_count, 'élève')} sans INE en {'reçoit' if facts.given_count == 1 else 'reçoivent'} un,"
        " le même pour toute leur scolarité."
    )
    if facts.dispute_count:
        teller.say(
            f"{plural(facts.dispute_count, 'litige')} : des élèves se ressemblent trop, un agent dira qui est qui ;"
            " la machine ne devine pas."
        )


def _tell_changed(teller: _Teller, facts: story.Changed) -> None:
    compared = facts.compared
    unchanged = _number(compared.pupils["unchanged"])
    teller.say(
        f"Le fichier suivant dit tout de {_number(compared.pupils['read'])} élèves ; voici ce qui change :"
    )
    for changed in compared.changes:
        for change in changed.changes:
            teller.say(f"[bold]{escape(changed.pupil)}[/bold] : {escape(change)}", step=1)
    teller.say(f"Les {unchanged} autres dossiers ne sont pas touchés.")


def _tell_returned(teller: _Teller, facts: story.Returned) -> None:
    one = facts.example
    count = facts.reread.difference_count
    verdict = "aucune différence" if count == 0 else plural(count, "différence")
    teller.say(
        f"{len(facts.carried.files)} fichiers repartent vers son logiciel, où"
        f" {_number(facts.national_id_count)} élèves sur {_number(facts.pupil_count)} ont leur INE."
    )
    teller.say(
        f"[bold]{escape(one.name)}[/bold] : n° {one.elenoet} dans l’établissement,"
        f" n° {one.eleve_id} dans la base, INE {one.national_id}",
        step=1,
    )
    teller.say(f"Relus, ces fichiers n’apportent [green]{verdict}[/green] avec la base.")


def _tell_undone(teller: _Teller, facts: story.Undone) -> None:
    same = facts.before_import == facts.after_undo
    verdict = "[green]identiques[/green]" if same else "[red]différentes[/red]"
    teller.say(
        f"Empreinte des dossiers avant cet import : {facts.before_import[:_DIGITS_TOLD]}…",
        f"Empreinte une fois l’import annulé :      {facts.after_undo[:_DIGITS_TOLD]}…  {verdict}",
    )


def _tell_opened(teller: _Teller, facts: story.Opened) -> None:
    teller.say(
        f"{plural(facts.people_count, 'personne')} ont un compte, un mot de passe et une clé : le chef d’établissement,"
        " sa secrétaire, une collègue à qui il délègue, le rectorat.",
        f"L’import n° {facts.waiting_run} attend le chef d’établissement ; une conseillère CECOIA demande à voir ses"
        " écrans.",
    )


def _tell_verified(teller: _Teller, facts: story.Verified) -> None:
    verdict = (
        "[red]Le journal est abîmé :[/red]"
        if facts.faults
        else "[green]rien n’a été retouché[/green]."
    )
    teller.say(
        f"{facts.act_count} actes dans {facts.journal_count} journaux, qui disent qui a fait quoi et quand : {verdict}",
        *map(escape, facts.faults),
    )


def _next_commands(play: Play, facts: Mapping[str, Any]) -> dict[str, str]:
    """Give what to try next: in French, and the command."""
    uai, run = play.school.uai, facts["change"].compared.run
    first, third = facts["check"].path, facts["change"].path
    commands = {
        "Les imports de ce collège :": ("runs", "--school", uai),
        "Le compte rendu du premier :": ("show", facts["compare"].run, "--school", uai),
        "Rétablir l’import annulé :": ("undo", run, "--restore", "--school", uai),
        "Contrôler un fichier, sans base :": ("check", _near(first)),
        "Comparer un fichier à la base, sans rien écrire :": (
            "import", _near(third), "--school", uai, "--year", play.year,
        ),
        "Vérifier tous les journaux :": ("journal", "verify"),
        "Ouvrir le site, avec ses personnages :": ("serve",),
        "Tout le reste :": ("--help",),
    }  # fmt: skip
    program = "bascule" if shutil.which("bascule") else _near(Path(sys.argv[0]))
    return {what: shlex.join(map(str, (program, *words))) for what, words in commands.items()}


def _near(path: Path) -> str:
    """Write a path as one types it from here."""
    path = path.absolute()
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _titled(name: str) -> str:
    return name.title().replace(" De ", " de ").replace(" Des ", " des ").replace(" Du ", " du ")


def _number(value: int) -> str:
    return f"{value:,}".replace(",", "\N{NO-BREAK SPACE}")


def _seconds(value: float) -> str:
    if value < _SHORTEST:
        return "moins de 0,1 s"
    return f"{value:.1f} s".replace(".", ",")
