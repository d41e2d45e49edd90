"""Every page of the site, for whoever looks at all of them: who opens it, with what, in which states.

A test fails when a URL of the site is in none of the two tables below.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse
from playwright.sync_api import Page
from tests.browser.world import YEAR, World

from bascule.web.access import Door, access_of


def nothing(_: World) -> dict[str, Any]:
    return {}


def of_kind(kind: str) -> Callable[[World], dict[str, Any]]:
    return lambda _: {"kind": kind}


@dataclass(frozen=True)
class Visit:
    """One state of one page.

    Attributes:
        who: who opens it, a name of `World.people`, or `nobody`.
        state: what it shows: `full`, `empty`, `error`, or a word of its own.
        kwargs: what its URL takes.
        query: what follows the question mark.
        act: what is done on the page before it is looked at.
        status: what it answers.
    """

    who: str
    state: str = "full"
    kwargs: Callable[[World], dict[str, Any]] = nothing
    query: str = ""
    act: Callable[[Page], None] | None = None
    status: int = 200


def in_school(world: World) -> dict[str, Any]:
    return {"uai": world.school}


def in_other(world: World) -> dict[str, Any]:
    return {"uai": world.other}


def in_year(world: World) -> dict[str, Any]:
    return {"uai": world.school, "year": YEAR}


def in_next_year(world: World) -> dict[str, Any]:
    return {"uai": world.school, "year": YEAR + 1}


def of_structure(world: World) -> dict[str, Any]:
    return {**in_year(world), "structure_id": world.structure_id}


def of_pupil(world: World) -> dict[str, Any]:
    return {**in_year(world), "pupil_id": world.pupil_id}


def of_certified(world: World) -> dict[str, Any]:
    return {**in_year(world), "pupil_id": world.certified_id}


def of_code(world: World) -> dict[str, Any]:
    return {"code": world.code}


def of_run(world: World) -> dict[str, Any]:
    return {**in_year(world), "run_id": world.run_id}


def of_import(state: str) -> Callable[[World], dict[str, Any]]:
    def kwargs(world: World) -> dict[str, Any]:
        uai, run_id = world.imports[state]
        return {"uai": uai, "year": YEAR, "run_id": run_id}

    return kwargs


def of_dispute(state: str) -> Callable[[World], dict[str, Any]]:
    def kwargs(world: World) -> dict[str, Any]:
        uai, request_id = world.disputes[state]
        return {"uai": uai, "request_id": request_id}

    return kwargs


def in_campaign(_: World) -> dict[str, Any]:
    return {"campaign": "rentree", "year": YEAR}


def in_campaign_school(world: World) -> dict[str, Any]:
    return {**in_campaign(world), "uai": world.imports["spoiled"][0]}


def of_person(world: World) -> dict[str, Any]:
    return {"person_id": world.identity_id}


def write_an_unknown_field(page: Page) -> None:
    page.get_by_role("textbox", name="Texte").fill("Bonjour {prenom}")
    send("Revoir les messages")(page)


def of_night(world: World) -> dict[str, Any]:
    return {"night_id": world.night_id}


def of_transfer(world: World) -> dict[str, Any]:
    return {**in_spoiled(world), "transfer_id": world.transfer_id}


def ask_for_no_day(page: Page) -> None:
    page.get_by_label("Renvoyer les élèves présents").fill("")
    send("Renvoyer la nuit prochaine")(page)


def of_rule(_: World) -> dict[str, Any]:
    return {"code": "ACMEF_B_01"}


def in_spoiled(world: World) -> dict[str, Any]:
    return {"uai": world.imports["spoiled"][0], "year": YEAR}


def of_key(state: str, **others: str) -> Callable[[World], dict[str, Any]]:
    return lambda world: {"key_id": world.keys[state].pk, **others}


def of_colleague(world: World) -> dict[str, Any]:
    return {**in_school(world), "person": world.people["secretary"].pk}


def of_token(world: World) -> dict[str, Any]:
    return {**in_school(world), "token_id": world.token_id}


def in_empty_year(world: World) -> dict[str, Any]:
    return {"uai": world.other, "year": YEAR}


def of_self(world: World) -> dict[str, Any]:
    return {**in_school(world), "person": world.people["head"].pk}


def of_invited(world: World) -> dict[str, Any]:
    return {**in_school(world), "person": world.people["invited"].pk}


def of_head(world: World) -> dict[str, Any]:
    return {"person": world.people["head"].pk}


def send_as_it_is(page: Page) -> None:
    """Send the form of the page untouched, to see what it says of it."""
    page.locator("main form[method=post] [type=submit]").first.click()
    page.wait_for_load_state()


def empty_the_code(page: Page) -> None:
    page.locator("#id_code").fill("")
    send_as_it_is(page)


def press(text: str) -> Callable[[Page], None]:
    def press_it(page: Page) -> None:
        page.get_by_text(text, exact=True).first.click()

    return press_it


def unfold_the_numbers(page: Page) -> None:
    for summary in page.locator(".chart-numbers summary").all():
        summary.click()


def send(name: str) -> Callable[[Page], None]:
    """Press one button of a page that has several, to see what it says."""

    def send_it(page: Page) -> None:
        page.get_by_role("main").get_by_role("button", name=name).click()
        page.wait_for_load_state()

    return send_it


def type_a_known_name(page: Page) -> None:
    page.get_by_label("Nom", exact=True).fill("Voisin")
    page.get_by_label("Prénom", exact=True).fill("Anne")
    send("Ajouter cette personne")(page)


def give_a_table(page: Page) -> None:
    lines = (
        "UAI;nom;prénom;courriel;début;fin",
        "0990001N;Durand-Lefèvre;Marie-Antoinette;m.durand@example.fr;01/09/2026;31/08/2099",
        "0990002P;Voisin;Anne;anne.voisin@example.fr",
        "0990002P;Petit;Paul",
        "0990001A;Grand;Rose;;31/02/2027",
    )
    content = "\n".join(lines).encode()
    page.locator("input[type=file]").set_input_files(
        {"name": "chefs.csv", "mimeType": "text/csv", "buffer": content}
    )
    send("Voir l’effet du fichier")(page)


_ONE_BY_ONE = "Droits choisis un par un, en plus du profil ou à sa place"


def give_a_token(page: Page) -> None:
    page.locator("#id_name").fill("Charlemagne, poste du secrétariat")
    send_as_it_is(page)


def of_first(_: World) -> dict[str, Any]:
    return {"first": YEAR}


def close_with_no_number(page: Page) -> None:
    """Ask that years be closed with what is no number of pupils."""
    page.locator("#id_unknown").fill("-1")
    send("Clore l’année")(page)


def of_long_list(world: World) -> dict[str, Any]:
    return {**in_year(world), "number": world.long_list}


def in_tab(tab: str) -> Callable[[World], dict[str, Any]]:
    return lambda world: {**of_pupil(world), "tab": tab}


def in_part(part: str) -> Callable[[World], dict[str, Any]]:
    return lambda world: {**of_pupil(world), "part": part}


def type_a_day_that_is_none(page: Page) -> None:
    page.locator("#id_birth_date").fill("31/02/2014")
    send("Enregistrer")(page)


def of_authority_year(_: World) -> dict[str, Any]:
    return {"year": YEAR}


def give_a_wrong_successor(page: Page) -> None:
    page.locator("input[name^=remplacant_]").first.fill("99999999999")
    send("Enregistrer les remplaçants")(page)


def tick_and_search(page: Page) -> None:
    page.locator("input[name=choix]:not(:checked)").first.check()
    page.get_by_label("Code ou libellé").fill("premiere")
    send("Chercher")(page)


def untick_and_save(page: Page) -> None:
    page.locator("input[name=choix]:checked").first.uncheck()
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    page.wait_for_load_state()


def mend_badly(page: Page) -> None:
    """Type a wrong value beside the first row, and wait for what is said of it."""
    page.locator(".mend [name=valeur]").first.fill("nulle part")
    page.locator(".mend [type=submit]").first.click()
    page.locator(".mend [aria-invalid]").wait_for()


#: By URL name.
PAGES: dict[str, list[Visit]] = {
    "bea:board": [
        Visit("head of imports", "full", in_spoiled),
        Visit("head", "empty", in_next_year),
        Visit("secretary", "error", in_year, act=ask_for_no_day),
    ],
    "bea:kept-back": [
        Visit("head of imports", "full", in_spoiled),
        Visit("head", "empty", in_year),
    ],
    "bea:transfer": [
        Visit("head of imports", "full", of_transfer),
        Visit("head of imports", "none-found", of_transfer, query="q=personne"),
    ],
    "bea:nights": [Visit("bea-ine")],
    "bea:night": [
        Visit("operations", "full", of_night),
        Visit("operations", "none-found", of_night, query="etat=failed"),
    ],
    "identities:school": [
        Visit("head of imports", "full", in_spoiled, query="etat=tous"),
        Visit("head", "empty", in_next_year),
        Visit("secretary", "all-have-one", in_year),
    ],
    "identities:queue": [
        Visit("bea-ine"),
        Visit("bea-ine", "none-found", query="q=personne"),
    ],
    "identities:number": [
        Visit("bea-ine", "unknown", query="ine=990000001FG"),
        Visit("bea-ine", "no-number", query="ine=1234"),
    ],
    "identities:person": [
        Visit("bea-ine", "full", of_person),
        Visit("bea-ine", "error", of_person, act=send("Séparer cette fiche")),
    ],
    "identities:dispute": [
        Visit("bea-ine", "full", of_dispute("open")),
        Visit("bea-ine", "error", of_dispute("open"), act=send("Ce sont deux élèves différents")),
        Visit("bea-ine", "waiting", of_dispute("waiting")),
        Visit("bea-ine", "settled", of_dispute("settled")),
    ],
    "anomalies:corrections": [
        Visit("head of imports", "full", in_spoiled),
        Visit("head", "empty", in_next_year),
    ],
    "anomalies:inbox": [
        Visit("head of imports", "full", in_spoiled),
        Visit("head", "empty", in_next_year),
        Visit("head of imports", "none-found", in_spoiled, query="q=personne"),
        Visit("head of imports", "refused", in_spoiled, query="onglet=a-corriger", act=mend_badly),
    ],
    "anomalies:mend-all": [
        Visit("head of imports", "full", in_spoiled, query="regle=ACMEF_B_01"),
        Visit(
            "head of imports",
            "preview",
            in_spoiled,
            query="regle=ACMEF_B_01",
            act=send("Voir ce qui change"),
        ),
    ],
    "anomalies:explain": [
        Visit("head of imports", "full", in_spoiled, query="regle=ACMEF_B_01"),
        Visit("head of imports", "error", in_spoiled, query="regle=ACMEF_B_01", act=send_as_it_is),
    ],
    "common:edit": [
        Visit("head", "full", in_next_year),
        Visit("head", "error", in_next_year, act=send_as_it_is),
    ],
    "common:read": [Visit("head", "full", in_year), Visit("head", "empty", in_next_year)],
    "exports:make": [
        Visit("head", "full", in_year),
        Visit("head", "error", in_next_year, act=send_as_it_is),
    ],
    "exchanges:accents": [Visit("head of imports", "full", of_import("untold"))],
    "exchanges:check": [Visit("head of imports", "received", of_import("received"))],
    "exchanges:columns": [
        Visit("head of imports", "full", of_import("untold")),
        Visit("head of imports", "error", of_import("untold"), act=send_as_it_is),
    ],
    "exchanges:compare": [
        Visit("head of imports", "planned", of_import("planned")),
        Visit("head of imports", "held", of_import("held")),
        Visit("head of imports", "nothing-found", of_import("planned"), query="q=personne"),
    ],
    "exchanges:confirm": [
        Visit("head of imports", "planned", of_import("planned")),
        Visit("head of imports", "held", of_import("held")),
        Visit("head of imports", "wrong-number", of_import("held"), act=send_as_it_is),
    ],
    "exchanges:deposit": [
        Visit("head", "full", in_year),
        Visit("head", "error", in_year, act=send_as_it_is),
    ],
    "exchanges:software": [
        Visit("secretary", "full", in_year),
        Visit("head", "empty", in_next_year),
    ],
    "exchanges:follow": [
        Visit("head", "full", in_year),
        Visit("head", "none-found", in_year, query="sens=envoye&nature=communs"),
        Visit("head", "empty", in_next_year),
    ],
    "exchanges:gep": [Visit("head", "empty", in_year)],
    "exchanges:release": [Visit("deep", "held", of_import("held"))],
    "exchanges:result": [
        Visit("head", "full", of_run),
        Visit("head of imports", "applied", of_import("applied")),
        Visit("head of imports", "refused", of_import("refused")),
    ],
    "exchanges:undo": [Visit("head of imports", "full", of_import("applied"))],
    "exchanges:runs": [
        Visit("head", "full", in_year),
        Visit("head next door", "empty", in_empty_year),
    ],
    "fleet:act": [
        Visit("operations", "withdraw", of_key("stock", name="retrait")),
        Visit("operations", "reserve", of_key("stock", name="reserve")),
    ],
    "fleet:certificate": [Visit("operations"), Visit("operations", "found", query="q=petit")],
    "fleet:deliver": [Visit("operations"), Visit("operations", "error", act=send_as_it_is)],
    "fleet:hand-over": [
        Visit("operations", "full", of_key("stock")),
        Visit("operations", "found", of_key("stock"), query="q=petit"),
        Visit("operations", "empty", of_key("stock"), query="q=zzzz"),
    ],
    "fleet:handed": [Visit("operations", "full", of_key("handed"))],
    "fleet:inventory": [Visit("operations"), Visit("operations", "empty", query="q=zzzz")],
    "fleet:key": [
        Visit("operations", "stock", of_key("stock")),
        Visit("operations", "active", of_key("active")),
    ],
    "fleet:progress": [Visit("operations")],
    "fleet:register": [Visit("operations"), Visit("operations", "empty", query="q=zzzz")],
    "campaign:board": [
        Visit("deep", "full", in_campaign),
        Visit("deep", "none-found", in_campaign, query="q=zzzz"),
    ],
    "campaign:tasks": [
        Visit("deep", "full", in_campaign),
        Visit("cecoia", "read-only", in_campaign),
    ],
    "campaign:remind": [
        Visit("deep", "full", in_campaign),
        Visit("deep", "empty", in_campaign, query="q=zzzz"),
        Visit("deep", "error", in_campaign, act=write_an_unknown_field),
    ],
    "campaign:school": [Visit("deep", "full", in_campaign_school)],
    "follow:gep": [Visit("deep")],
    "follow:restore-gep": [Visit("deep", kwargs=lambda world: {"school_uai": world.school})],
    "figures:home": [
        Visit("papep"),
        Visit("papep", "compared", query="lignes=etablissement&colonnes=annee"),
        Visit("papep", "empty", query="lignes=niveau&sexe=9"),
    ],
    "software:home": [
        Visit("deep"),
        Visit("cecoia", "nothing found", query="etat=termine&annee=2030"),
    ],
    "software:one": [
        Visit("deep", "withdrawn", kwargs=lambda world: {"qualification_id": world.withdrawn_id}),
        Visit("deep", "excepted", kwargs=lambda world: {"qualification_id": world.excepted_id}),
    ],
    "software:deposit": [
        Visit("deep"),
        Visit("deep", "error", act=send_as_it_is),
    ],
    "software:by-hand": [Visit("operations", query="software=SCOLIBRE")],
    "software:keys": [Visit("deep"), Visit("deep", "error", act=send_as_it_is)],
    "software:remove-key": [Visit("deep", kwargs=lambda world: {"fingerprint": world.fingerprint})],
    "software:withdraw": [
        Visit("deep", kwargs=lambda world: {"qualification_id": world.excepted_id})
    ],
    "software:restore": [
        Visit("deep", kwargs=lambda world: {"qualification_id": world.withdrawn_id})
    ],
    "constat:school": [
        Visit("head", "to sign", kwargs=in_year),
        Visit("deep", "signed", kwargs=lambda world: {"uai": world.signed, "year": YEAR}),
    ],
    "constat:sign": [Visit("head", kwargs=in_year)],
    "constat:home": [
        Visit("papep"),
        Visit("papep", "not open", query=f"annee={YEAR - 1}"),
    ],
    "constat:close": [Visit("papep", kwargs=lambda _: {"year": YEAR})],
    "constat:reopen": [
        Visit("papep", kwargs=lambda world: {"year": YEAR, "school_uai": world.signed})
    ],
    "figures:forecast": [Visit("papep"), Visit("papep", "by school", query="par=etablissement")],
    "figures:school": [Visit("secretary", kwargs=in_year)],
    "follow:schools": [Visit("deep")],
    "glance:school": [
        Visit("head", "full", in_year),
        Visit("head", "numbers", in_year, act=unfold_the_numbers),
        Visit("head", "empty", in_next_year),
    ],
    "guide:steps": [
        Visit("head", "full", in_year),
        Visit("head", "empty", in_next_year),
        Visit("deep", "authority", in_year),
    ],
    "help:rules": [Visit("nobody")],
    "help:rule": [Visit("nobody", "full", of_rule)],
    "heads:edit": [Visit("deep", "full", of_head)],
    "heads:head": [
        Visit("deep", "full", of_head),
        Visit("deep", "unfolded", of_head, act=press("La personne cesse ses fonctions")),
    ],
    "heads:list": [Visit("deep"), Visit("deep", "none-found", query="q=zzzz")],
    "heads:new": [Visit("deep"), Visit("deep", "error", act=send("Ajouter ce chef"))],
    "heads:table": [
        Visit("deep"),
        Visit("deep", "error", act=send_as_it_is),
        Visit("deep", "preview", act=give_a_table),
    ],
    "me:activate-key": [
        Visit("secretary"),
        Visit("secretary", "error", act=send_as_it_is),
    ],
    "me:add-application": [
        Visit("secretary"),
        Visit("secretary", "error", act=send_as_it_is),
    ],
    "me:add-passkey": [Visit("secretary")],
    "me:keys": [Visit("secretary"), Visit("outsider", "empty")],
    "me:lose-key": [Visit("secretary", "full", of_key("active"))],
    "me:paper": [Visit("secretary"), Visit("outsider", "sheet", act=send_as_it_is)],
    "me:password": [Visit("secretary"), Visit("secretary", "error", act=send_as_it_is)],
    "me:proof": [Visit("secretary"), Visit("secretary", "error", act=send_as_it_is)],
    "me:remove-key": [Visit("secretary", "full", of_key("own"))],
    "me:resume": [Visit("head, a form kept")],
    "me:rights": [Visit("secretary"), Visit("outsider", "empty"), Visit("deep", "authority")],
    "me:sessions": [Visit("secretary")],
    "me:trail": [Visit("head"), Visit("outsider", "empty")],
    "news:list": [Visit("deep"), Visit("deep", "error", act=send_as_it_is)],
    "nomenclatures:diffusion": [
        Visit("deep", "full", of_authority_year),
        Visit("deep", "found", of_authority_year, query="q=6eme"),
    ],
    "nomenclatures:draft": [
        Visit("deep", "full", of_authority_year),
        Visit("deep", "error", of_authority_year, act=give_a_wrong_successor),
    ],
    "nomenclatures:home": [Visit("deep")],
    "nomenclatures:receipts": [
        Visit("deep", "full", of_authority_year),
        Visit("deep", "none-found", of_authority_year, query="q=zzzz"),
        Visit("deep", "empty", lambda _: {"year": YEAR + 1}),
    ],
    "papers:certificate": [
        Visit("head", "full", of_pupil),
        Visit("head", "duplicate", of_certified),
    ],
    "papers:certificates": [
        Visit("head", "all", in_year, query="division="),
        Visit("head", "full", in_year, query="division=601"),
        Visit("head", "error", in_year, query="division=601", act=send("Établir pour les élèves")),
        Visit("head", "empty", in_year),
    ],
    "papers:check": [
        Visit("nobody", "valid", of_code),
        Visit("nobody", "error", lambda _: {"code": "3333-3333-3333"}, status=404),
    ],
    "papers:check-any": [Visit("nobody")],
    "papers:exeat": [Visit("head", "refused", of_pupil)],
    "papers:home": [
        Visit("head", "full", in_year),
        Visit("deep", "authority", in_year),
        Visit("head", "empty", in_next_year),
        Visit("head", "error", in_next_year, act=send("Imprimer la liste")),
    ],
    "portal": [
        Visit("head"),
        Visit("outsider", "empty"),
        Visit("head of both", "two-schools"),
        Visit("deep", "authority"),
        Visit("head", "menu-of-person", act=lambda page: page.locator(".person summary").click()),
    ],
    "profiling:etp": [Visit("head", "empty", in_year)],
    "profiling:home": [
        Visit("head", "full", in_year),
        Visit("head", "found", in_year, query="q=premiere"),
        Visit("head", "pending", in_year, act=tick_and_search),
        Visit("head", "consequences", in_year, act=untick_and_save),
        Visit("head next door", "empty", in_empty_year),
    ],
    "profiling:move": [
        Visit("head", "full", in_year, query="de=10310019110"),
        Visit("head", "empty", in_year, query="de=zzzz"),
    ],
    "profiling:origins": [Visit("head", "full", in_year)],
    "profiling:programmes": [Visit("head", "full", in_year)],
    "profiling:received": [
        Visit("head", "full", in_year),
        Visit("deep", "authority", in_year),
        Visit("head next door", "waiting", in_empty_year),
    ],
    "profiling:subjects": [Visit("head", "full", in_year)],
    "profiling:validate": [
        Visit("head", "full", in_year),
        Visit("head", "error", in_year, act=send("Valider le profilage")),
    ],
    "public:accessibility": [Visit("nobody")],
    "public:components": [Visit("nobody"), Visit("head", "signed-in", query="page=50")],
    "public:personal-data": [Visit("nobody"), Visit("head", "signed-in")],
    "public:security": [Visit("nobody")],
    "lists:headcounts": [
        Visit("head", "full", in_year),
        Visit("head next door", "empty", in_empty_year),
    ],
    "lists:home": [Visit("head", "full", in_year)],
    "lists:labels": [
        Visit("head", "full", in_year),
        Visit("head next door", "error", in_empty_year, act=send("Télécharger les étiquettes")),
    ],
    "pupils:list": [
        Visit("head", "full", in_year),
        Visit("head", "filtered", in_year, query="sexe=2&manque=ine&tri=-naissance"),
        Visit("cecoia, inside the school", "support", in_year),
        Visit("head", "none-found", in_year, query="q=zzzz"),
        Visit("head next door", "empty", in_empty_year),
    ],
    "pupils:edit": [
        Visit("head", "full", in_part("identite")),
        Visit("head", "guardian", in_part("responsable-new")),
        Visit("head", "error", in_part("identite"), act=type_a_day_that_is_none),
    ],
    "pupils:duplicates": [
        Visit("head", "full", in_year),
        Visit("head next door", "empty", in_empty_year),
    ],
    "pupils:long-list": [Visit("head", "writing", of_long_list)],
    "pupils:new": [
        Visit("head", "full", in_year, query="nom=Petit+Zoé"),
        Visit("head", "error", in_year, act=send("Créer l’élève")),
    ],
    "pupils:tab": [
        Visit("head", "guardians", in_tab("responsables")),
        Visit("head", "periods", in_tab("scolarites")),
        Visit("head", "history", in_tab("historique")),
        Visit("secretary", "hidden", in_tab("bourses")),
    ],
    "pupils:record": [Visit("head", "full", of_pupil), Visit("deep", "authority", of_pupil)],
    "signin:activate": [
        Visit("secretary, password given"),
        Visit("secretary, password given", "error", act=send_as_it_is),
    ],
    "signin:activation": [Visit("nobody"), Visit("nobody", "error", act=send_as_it_is)],
    "signin:choose": [
        Visit("new, letter given"),
        Visit("new, letter given", "error", act=send_as_it_is),
    ],
    "signin:first-application": [Visit("new, first key asked")],
    "signin:first-key": [Visit("new, first key asked")],
    "signin:first-passkey": [Visit("new, first key asked")],
    "signin:key": [
        Visit("secretary, password given"),
        Visit("secretary, password given", "error", act=send_as_it_is),
    ],
    "signin:locked": [Visit("nobody"), Visit("nobody", "error", act=send_as_it_is)],
    "signin:lost": [Visit("nobody"), Visit("secretary, password given", "known")],
    "signin:password": [
        Visit("nobody"),
        Visit("nobody", "ended", query="fin=1"),
        Visit("nobody", "error", act=send_as_it_is),
    ],
    "signin:tune": [Visit("secretary, password given")],
    "staff:edit": [Visit("head", "full", of_colleague)],
    "staff:history": [Visit("head", "full", in_school)],
    "staff:key-replaced": [Visit("head", "empty", of_colleague)],
    "staff:new": [
        Visit("head", "full", in_school, act=press(_ONE_BY_ONE)),
        Visit("head", "error", in_school, act=send("Ajouter cette personne")),
        Visit("head", "known", in_school, act=type_a_known_name),
    ],
    "staff:people": [
        Visit("head", "full", in_school),
        Visit("head", "none-found", in_school, query="q=zzzz"),
    ],
    "staff:person": [
        Visit("head", "full", of_colleague),
        Visit("head", "error", of_colleague, act=send("Déléguer les droits cochés")),
        Visit("head", "invited", of_invited),
        Visit("head", "self", of_self),
    ],
    "staff:replace-key": [
        Visit("head", "full", of_colleague),
        Visit("head", "error", of_colleague, act=send_as_it_is),
    ],
    "structures:carry": [
        Visit("head", "full", in_next_year),
        Visit("head", "error", in_next_year, act=send_as_it_is),
        Visit("head", "done", in_year),
    ],
    "structures:edit": [
        Visit("head", "full", of_structure),
        Visit("head", "error", of_structure, act=empty_the_code),
    ],
    "structures:list": [
        Visit("head", "full", in_year),
        Visit("head", "empty", in_next_year),
        Visit("deep", "authority", in_year),
    ],
    "structures:new-division": [
        Visit("head", "full", in_year),
        Visit("head", "error", in_year, act=send_as_it_is),
        Visit("head", "empty", in_next_year),
    ],
    "structures:new-group": [Visit("head", "full", in_year)],
    "support:agent": [Visit("cecoia"), Visit("cecoia", "error", act=send_as_it_is)],
    "support:school": [
        Visit("head", "full", in_school),
        Visit("head next door", "empty", in_other),
    ],
    "tokens:list": [
        Visit("head", "full", in_school),
        Visit("head next door", "empty", in_other),
    ],
    "tokens:new": [
        Visit("head", "full", in_school),
        Visit("head", "error", in_school, act=send_as_it_is),
        Visit("head", "shown", in_school, act=give_a_token),
    ],
    "tokens:renew": [Visit("head", "full", of_token)],
    "tokens:withdraw": [Visit("head", "full", of_token)],
    "trail:school": [
        Visit("head", "full", in_school),
        Visit("head", "none-found", in_school, query="eleve=9"),
        Visit("head", "error", in_school, query="du=hier"),
        Visit("head next door", "empty", in_other),
    ],
    "trail:search": [
        Visit("dpo"),
        Visit("dpo", "found", query="du=01/01/2026"),
        Visit("dpo", "acts", query="du=01/01/2026&genre=actes"),
        Visit("dpo", "none-found", query="du=01/01/2026&qui=zzzz"),
        Visit("dpo", "error", query="du=hier"),
    ],
    "years:ask": [Visit("deep", kwargs=lambda world: {"number": world.openings["done"]})],
    "years:balance": [
        Visit("deep", "full", of_first),
        Visit("deep", "error", of_first, act=close_with_no_number),
        Visit("deep", "empty", lambda _: {"first": YEAR + 9}),
    ],
    "years:list": [Visit("deep")],
    "years:opening": [
        Visit("deep", "done", lambda world: {"number": world.openings["done"]}),
        Visit("deep", "stopped", lambda world: {"number": world.openings["stopped"]}),
        # Not followed: a page that moves by itself is a choice.
        Visit("deep", "at-work", lambda world: {"number": world.openings["at-work"]}),
    ],
    "years:plan": [
        Visit("deep", "full", lambda _: {"first": YEAR + 1}),
        Visit("deep", "error", lambda _: {"first": YEAR + 1}, act=send_as_it_is),
        Visit("deep", "blocked", lambda _: {"first": YEAR + 2}),
    ],
    "years:school-balance": [
        Visit("head", "full", in_year),
        Visit("head next door", "empty", in_empty_year),
    ],
}

#: URLs that show no page, and why.
NOT_PAGES = {
    "bea:ask-night": "takes a form, leads on",
    "bea:cancel-resend": "takes a form, leads back",
    "figures:export": "a file",
    "software:register-sheet": "a file",
    "software:used-sheet": "a file",
    "constat:open": "takes a form, leads back",
    "constat:paper": "a file, not a page",
    "constat:sheet": "a file",
    "constat:prolong": "takes a form, leads back",
    "bea:resend": "takes a form, leads back",
    "identities:answer": "takes a form, leads back",
    "identities:second": "takes a form, leads back",
    "identities:ask-again": "takes a form, leads back",
    "identities:other": "takes a form, leads back",
    "identities:second-of-person": "takes a form, leads back",
    "identities:split": "takes a form, leads back",
    "identities:together": "takes a form, leads back",
    "identities:undo": "takes a form, leads back",
    "identities:undo-of-person": "takes a form, leads back",
    "anomalies:announce": "takes a form, leads back",
    "anomalies:mend": "takes a form, leads back",
    "anomalies:undo": "takes a form, leads back",
    "api-nothing": "answers software",
    "api-v1:openapi": "answers software",
    "common:verify": "takes a form, leads back",
    "structures:remove": "takes a form, leads back",
    "structures:undo": "takes a form, leads back",
    "structures:validate": "takes a form, leads back",
    "exchanges:decline": "takes a form, leads back",
    "exchanges:rest": "takes a form, leads back",
    "exchanges:spare": "takes a form, leads back",
    "exchanges:file": "a file",
    "exchanges:gep-paper": "a file",
    "exchanges:stop-gep": "looked at where GEP was taken over: a journey of its own",
    "campaign:home": "leads to the campaign of the year",
    "campaign:sheet": "a file",
    "campaign:task": "takes a form, leads back",
    "campaign:adviser": "takes a form, leads back",
    "exchanges:paper": "a file",
    "exchanges:refused": "a file",
    "pupils:separate": "takes a form, leads back",
    "pupils:columns": "takes a form, leads back",
    "pupils:long-file": "a file",
    "pupils:sheet": "a file",
    "pupils:copy": "a file",
    "pupils:undo": "takes a form, leads back",
    "exchanges:restore": "takes a form, leads back",
    "exchanges:run": "leads to the step of an import",
    "exports:again": "a file",
    "fleet:code-sheet": "a file",
    "fleet:delivery": "leads back until a file of keys was given",
    "fleet:register-sheet": "a file",
    "fleet:slip": "a file",
    "heads:account": "takes a form, leads back",
    "heads:confirm": "takes a form, leads back",
    "heads:letter": "a file",
    "heads:letters": "a file",
    "heads:right": "takes a form, leads back",
    "me:give-up": "takes a form, leads back",
    "nomenclatures:deliver": "takes a form, leads back",
    "nomenclatures:publish": "takes a form, leads back",
    "papers:class-list": "a file",
    "papers:withdraw": "takes a form, leads back",
    "profiling:receive": "takes a form, leads back",
    "profiling:undo-move": "takes a form, leads back",
    "public:alive": "answers nothing",
    "public:csp-report": "takes reports of browsers",
    "public:health": "answers a machine",
    "public:figures": "answers a machine",
    "public:language": "takes a form, leads back",
    "signin:out": "takes a form, leads back",
    "signin:passkey": "takes a form, leads in",
    "staff:account": "takes a form, leads back",
    "staff:key-code": "a file",
    "staff:key-slip": "a file",
    "staff:letter": "a file",
    "staff:profile": "takes a form, leads back",
    "staff:withdraw": "takes a form, leads back",
    "support:answer": "takes a form, leads back",
    "support:end": "takes a form, leads back",
    "support:move": "takes a form, leads back",
    "trail:export": "a file",
    "years:close": "takes a form, leads back",
    "years:reopen": "takes a form, leads back",
}

#: What `tests.browser.urls` adds: errors, and the frame around pages.
SAMPLES: dict[str, list[Visit]] = {
    "error": [
        *(
            Visit("head", kind, of_kind(kind), status=status)
            for kind, status in (
                *(("400", 400), ("403", 403), ("404", 404), ("409", 409), ("csrf", 403)),
                *(
                    ("busy", 503),
                    ("close", 409),
                    ("500", 500),
                    ("503", 503),
                    ("413", 413),
                    ("429", 429),
                ),
            )
        ),
        Visit("nobody", "404-nobody", of_kind("404"), status=404),
    ],
    "sample:authority": [Visit("deep")],
    "sample:form": [Visit("head")],
    "sample:school": [
        Visit("head", "full", in_school),
        Visit("head of both", "two-schools", in_school),
        Visit("head of both", "open", in_school, act=press("Changer d’établissement")),
        Visit("deep", "authority", in_school),
        Visit("cecoia, let in", "support", in_school),
        Visit("head next door", "empty", in_other),
    ],
    "sample:year": [
        Visit("head", "current", in_year),
        Visit("head", "open", in_year, act=press("Changer d’année")),
        Visit("head", "closed", lambda world: {"uai": world.school, "year": YEAR - 1}),
        Visit("head", "preparation", lambda world: {"uai": world.school, "year": YEAR + 1}),
    ],
}

ALL = {
    f"{name.replace(':', '-')}.{visit.state}": (name, visit)
    for name, visits in (PAGES | SAMPLES).items()
    for visit in visits
}


def address(name: str, visit: Visit, world: World) -> str:
    """Give where a visit goes."""
    path = reverse(name, kwargs=visit.kwargs(world), urlconf="tests.browser.urls")
    return f"{path}?{visit.query}" if visit.query else path


def go(page: Page, name: str, visit: Visit, world: World) -> None:
    """Bring a page into the state of a visit, and wait until nothing moves any more."""
    answer = page.goto(address(name, visit, world))
    assert answer is not None
    assert answer.status == visit.status, f"{page.url} answers {answer.status}"
    if visit.act:
        visit.act(page)
    settle(page)


#: Wait for letters, for what watches sizes, and for what moves to an end.
_SETTLED = r"""
async () => {
  await document.fonts.ready;
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  await Promise.allSettled(
    document.getAnimations()
      .filter((one) => one.effect?.getComputedTiming().endTime !== Infinity)
      .map((one) => one.finished)
  );
}
"""


def settle(page: Page) -> None:
    """Wait until letters have come and what watches sizes has seen them: two pictures later."""
    # The pointer stays where it clicked last, and colours that change under it take their time.
    page.mouse.move(0, 0)
    page.evaluate(_SETTLED)


def names_of_site() -> set[str]:
    """List the names of the URLs that people open; software has no eyes."""
    return set(_names(get_resolver("bascule.config.urls").url_patterns, ""))


def _names(patterns: list[URLPattern | URLResolver], space: str) -> list[str]:
    found: list[str] = []
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            found += _names(pattern.url_patterns, inner)
        elif (access := access_of(pattern.callback)) is None or access.door is not Door.MACHINE:
            found.append(f"{space}{pattern.name}")
    return found
