"""The pages in English: the catalogue is whole, and pages speak it."""

import re
import shutil
from collections.abc import Iterator

import polib
import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils.translation import ngettext, override
from tests.cast import Cast, browser
from tests.docs import messages
from tests.exchange.ready_school import YEAR

from bascule.accounts.heads_table import Effect
from bascule.accounts.keys.inventory import Standing
from bascule.accounts.keys.moves import Move
from bascule.accounts.models import Key, Person, SupportSession
from bascule.accounts.offers import APPLICATIONS
from bascule.accounts.profiles import Permission, Profile
from bascule.accounts.scopes import Scope
from bascule.certificates.models import Certificate
from bascule.exchange.models import ImportRun
from bascule.journal import kinds
from bascule.schools.models import SchoolYear
from bascule.students.models import Guardianship

#: What a translation must keep as it is: what is filled in, percent signs, and HTML.
KEPT = re.compile(r"%\(\w+\)[a-z]|%%|</?[a-z][^>]*>|&\w+;")
#: States and levels of models, shown by their words.
STATES = (
    Key.Kind,
    Key.State,
    Person.State,
    SupportSession.State,
    ImportRun.State,
    SchoolYear.State,
    Guardianship.Level,
    Certificate.Kind,
)
Words = dict[tuple[str | None, str], tuple[str, ...]]


def catalogue() -> polib.POFile:
    return polib.pofile(str(messages.CATALOGUE))


def words(entries: polib.POFile | polib.MOFile) -> Words:
    return {
        (one.msgctxt or None, one.msgid): (one.msgstr, *one.msgstr_plural.values())
        for one in entries
    }


def pairs(entry: polib.POEntry) -> Iterator[tuple[str, str]]:
    """Give a French sentence beside its English, in the singular and in the plural."""
    if entry.msgid_plural:
        yield entry.msgid, entry.msgstr_plural[0]
        yield entry.msgid_plural, entry.msgstr_plural[1]
    else:
        yield entry.msgid, entry.msgstr


def in_english(client: Client) -> Client:
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return client


def test_every_sentence_has_its_english_and_none_is_a_guess() -> None:
    entries = catalogue()

    assert [one.msgid for one in entries.untranslated_entries()] == []
    assert [one.msgid for one in entries.fuzzy_entries()] == []
    assert [one.msgid for one in entries.obsolete_entries()] == []


def test_the_compiled_catalogue_is_that_of_the_text() -> None:
    entries = catalogue()
    compiled = polib.mofile(str(messages.CATALOGUE.with_suffix(".mo")))

    assert words(compiled) == words(entries)
    assert compiled.metadata == entries.metadata


def test_what_is_filled_in_and_html_are_the_same_in_both_languages() -> None:
    different = [
        french
        for entry in catalogue()
        for french, english in pairs(entry)
        if sorted(set(KEPT.findall(french))) != sorted(set(KEPT.findall(english)))
    ]

    assert different == []


def test_english_has_no_french_quotation_marks_nor_spaces_before_signs() -> None:
    french = [
        english
        for entry in catalogue()
        for _, english in pairs(entry)
        if re.search(r"[«»]|[\s\u00a0\u202f][:;?!]", english)
    ]

    assert french == []


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="finding sentences needs gettext")
def test_no_sentence_of_the_pages_is_missing_from_the_catalogue() -> None:
    known = {(one.msgctxt, one.msgid, one.msgid_plural) for one in catalogue()}
    found = {(one.msgctxt, one.msgid, one.msgid_plural) for one in messages.found()}

    assert found - known == set(), "run `make messages`, and translate what it lists"
    assert known - found == set(), "run `make messages`"


def test_who_asks_for_english_signs_in_in_english(cast: Cast) -> None:
    page = in_english(browser()).get(reverse("signin:password"))

    text = page.content.decode()
    assert page.headers["Content-Language"] == "en"
    assert '<html lang="en"' in text
    assert "I have lost my key" in text
    assert "J’ai perdu ma clé" not in text


def test_who_asks_for_english_has_the_portal_in_english(cast: Cast) -> None:
    page = in_english(browser(cast.head)).get("/")

    text = page.content.decode()
    assert page.headers["Content-Language"] == "en"
    assert "Hello Claire" in text
    assert "Sign out" in text
    assert "Se déconnecter" not in text


def test_a_page_is_in_french_for_who_asks_for_nothing_or_for_a_language_that_is_not_there(
    cast: Cast,
) -> None:
    other = browser()
    other.cookies[settings.LANGUAGE_COOKIE_NAME] = "de"

    for client in (browser(), other):
        page = client.get(reverse("signin:password"))
        assert page.headers["Content-Language"] == "fr"
        assert "J’ai perdu ma clé" in page.content.decode()


def test_nought_is_singular_in_french_and_plural_in_english(cast: Cast) -> None:
    nobody = f"/e/{cast.school}/{YEAR}/eleves/?q=zzzz"

    assert "0 élève trouvé<" in browser(cast.head).get(nobody).content.decode()
    assert "0 pupils found" in in_english(browser(cast.head)).get(nobody).content.decode()
    # What writes « un » in letters is not said of nought.
    with override("fr"):
        assert ngettext(
            "Un point est à corriger. Ce que vous avez saisi est conservé.",
            "%(count)s points sont à corriger. Ce que vous avez saisi est conservé.",
            0,
        ).startswith("%(count)s")
    french = polib.pofile(str(messages.FRENCH))
    assert words(french) == words(messages.french_of(catalogue()))
    assert words(polib.mofile(str(messages.FRENCH.with_suffix(".mo")))) == words(french)


def test_choosing_a_language_keeps_one_on_the_same_page(cast: Cast) -> None:
    client, here = browser(cast.head), reverse("me:keys")
    assert f'name="suite" value="{here}"' in client.get(here).content.decode()

    back = client.post(reverse("public:language"), {"langue": "en", "suite": here})

    assert (back.status_code, back.headers["Location"]) == (302, here)
    assert "My keys" in client.get(here).content.decode()


def test_ones_own_language_is_spoken_where_the_browser_has_chosen_none(cast: Cast) -> None:
    cast.head.language = "en"
    cast.head.save(update_fields=["language"])
    client = browser(cast.head)

    assert client.get("/").headers["Content-Language"] == "en"
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "fr"
    assert client.get("/").headers["Content-Language"] == "fr"


def test_choosing_a_language_leads_to_no_other_site(cast: Cast) -> None:
    back = browser().post(
        reverse("public:language"), {"langue": "en", "suite": "https://ailleurs.example/"}
    )

    assert back.headers["Location"] == "/"


def test_words_that_the_code_holds_in_french_are_said_in_english(cast: Cast) -> None:
    cast.give("prof.un", Profile.TEACHER)
    teacher, agent = cast.person("prof.un"), cast.of_authority(Profile.OPERATIONS)
    here = f"/e/{cast.school}/{YEAR}"

    refused = in_english(browser(teacher)).get(f"{here}/eleves/").content.decode()
    imports = in_english(browser(cast.head)).get(f"{here}/imports/").content.decode()
    rights = in_english(browser(cast.head)).get(reverse("me:rights")).content.decode()
    register = in_english(browser(agent)).get(reverse("fleet:register")).content.decode()

    assert "Consult pupils" in refused
    assert "applied" in imports
    assert "intégré" not in imports
    assert "Head of school" in rights
    assert "Sign the start-of-year census" in rights
    assert "Chef d’établissement" not in rights
    assert "Report of loss" in register
    assert "Déclaration de perte" not in register


def test_every_right_trade_state_and_kind_has_its_english() -> None:
    known = {one.msgid for one in catalogue()}
    shown = {
        *(
            one.label
            for table in (Permission, Profile, Scope, Move, Standing, Effect)
            for one in table
        ),
        *(str(one.label) for states in STATES for one in states),
        *(name for name, _ in APPLICATIONS),
        *kinds.ACTS.values(),
        *kinds.ACCESSES.values(),
    }

    assert shown - known == set()
