"""Passwords: what is refused and why, and how one is changed."""

import pytest
from django.contrib.auth.hashers import identify_hasher
from django.test import override_settings
from django.utils import timezone
from tests.cast import PASSWORD, Cast, browser
from tests.noted import kinds_noted

from bascule.accounts import passphrase, passwords, tries
from bascule.accounts.guessable import Reason, judge
from bascule.accounts.hashing import PasswordHasher
from bascule.accounts.models import Person, Session
from bascule.accounts.profiles import Profile

COMMON = frozenset({"password", "motdepasse", "azerty", "soleil", "bonjour", "finalfantasy"})
WORDS = (
    "claire.morel",
    "Claire",
    "MOREL",
    "Collège Sainte-Odile",
    "Provins",
    "Seine-et-Marne",
    "bascule",
)
OUR_COST = ["bascule.accounts.hashing.PasswordHasher"]
GOOD = "lanterne caillou geyser piano"


def reason_of(password: str) -> Reason | None:
    return judge(password, words=WORDS, common=COMMON)


@pytest.mark.parametrize(
    "password",
    [
        GOOD,
        "trois chevaux bleus",
        "une seule phrase sans chiffre ni majuscule",
        "claire aime les girafes mauves",
        "Sainte-Odile et les quarante voleurs",
        "xK4!tqz9Lw2p",
        "Ça déborde déjà",
        "το σπίτι στο λόφο",
        "194857203846",
    ],
)
def test_a_phrase_is_taken_whatever_it_is_made_of(password: str) -> None:
    assert reason_of(password) is None


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("", Reason.SHORT),
        ("onze signes", Reason.SHORT),
        ("ab " * 70, Reason.LONG),
        ("finalfantasy", Reason.COMMON),
        ("FinalFantasy", Reason.COMMON),
        ("motdepasse2026", Reason.COMMON),
        ("M0tdePasse2026!", Reason.COMMON),
        ("$0leil-2026-2027", Reason.COMMON),
        ("bonjour bonjour 1", Reason.COMMON),
        ("2026/password/77", Reason.COMMON),
        ("clairemorel2026", Reason.PERSONAL),
        ("Claire.Morel.77", Reason.PERSONAL),
        ("cl@1re-m0rel!!", Reason.PERSONAL),
        ("MorelClaire*77", Reason.PERSONAL),
        ("collègesainteodile", Reason.PERSONAL),
        ("Sainte Odile 2026", Reason.PERSONAL),
        ("provins-provins-1", Reason.PERSONAL),
        ("seineetmarne77", Reason.PERSONAL),
        ("bascule-bascule-26", Reason.PERSONAL),
        ("aaaaaaaaaaaaaa", Reason.REPEATED),
        ("abcabcabcabc", Reason.REPEATED),
        ("121212121212", Reason.REPEATED),
        ("azertyuiopqs", Reason.KEYBOARD),
        ("qwertyuiop12345", Reason.KEYBOARD),
        ("poiuytreza4321", Reason.KEYBOARD),
        ("abcdefghijkl", Reason.KEYBOARD),
        ("1aqw2zsx3edc", Reason.KEYBOARD),
        ("123456789012", Reason.KEYBOARD),
        ("morel-azerty-1234", Reason.KEYBOARD),
    ],
)
def test_what_is_guessed_first_is_refused(password: str, reason: Reason) -> None:
    assert reason_of(password) is reason


def test_every_phrase_proposed_would_be_taken() -> None:
    proposed = {passphrase.propose() for _ in range(300)}

    assert len(proposed) == 300
    assert {reason_of(phrase) for phrase in proposed} == {None}


def test_the_words_of_a_person_are_her_names_and_her_schools(cast: Cast) -> None:
    words = passwords.words_of(cast.head)

    assert {"claire.morel", "Claire", "MOREL", "Collège Sainte-Odile", "Seine-et-Marne"} <= words
    assert "Lycée Les Tilleuls" not in words


def test_the_words_of_an_agent_are_of_her_department(cast: Cast) -> None:
    cast.give("agent.dsden", Profile.DSDEN, department="093")

    assert "Seine-St-Denis" in passwords.words_of(cast.person("agent.dsden"))


@pytest.mark.parametrize(
    "password",
    ["Sainte-Odile-2026", "finalfantasy", "password1234", "azertyuiop2026", "Seine et Marne 77"],
)
def test_a_guessable_password_is_refused_with_a_better_one(cast: Cast, password: str) -> None:
    with pytest.raises(passwords.WeakPasswordError) as refusal:
        passwords.set_new(cast.head, password)

    proposed = refusal.value.sentence.partition("« ")[2].partition(" »")[0]
    assert len(proposed.split()) == 5
    assert password not in refusal.value.sentence


def change(person: Person, current: str, new: str, *, but: str | None = None) -> None:
    passwords.change(
        person_id=person.pk, current=current, new=new, but=but, at=timezone.now(), address=None
    )


def test_a_changed_password_ends_the_other_sessions_and_is_noted(cast: Cast) -> None:
    mine, other = browser(cast.head), browser(cast.head)
    here = mine.session.session_key

    change(cast.head, PASSWORD, GOOD, but=here)

    cast.head.refresh_from_db()
    assert passwords.check(cast.head, GOOD)
    assert not passwords.check(cast.head, PASSWORD)
    assert [row.session_key for row in Session.objects.filter(person=cast.head)] == [here]
    assert other.get("/").status_code == 302
    assert kinds_noted(cast.head) == ["password.changed"]


def test_the_same_password_again_is_refused(cast: Cast) -> None:
    with pytest.raises(passwords.WeakPasswordError) as refusal:
        change(cast.head, PASSWORD, PASSWORD)

    assert refusal.value.reason is Reason.OLD


def test_whoever_does_not_know_the_password_of_now_cannot_try_for_ever(cast: Cast) -> None:
    for _ in range(tries.LOCK_AFTER - 1):
        with pytest.raises(passwords.WrongCurrentPasswordError):
            change(cast.head, "not the one of now", GOOD)

    with pytest.raises(tries.LockedError):
        change(cast.head, "not the one of now", GOOD)
    with pytest.raises(tries.LockedError):
        change(cast.head, PASSWORD, GOOD)


def test_an_accent_is_the_same_on_every_keyboard(cast: Cast) -> None:
    passwords.set_new(cast.head, "forêt d'été en fête")

    assert passwords.check(cast.head, "fore\u0302t d'e\u0301te\u0301 en fe\u0302te")


@override_settings(PASSWORD_HASHERS=OUR_COST)
def test_a_password_is_kept_as_argon2id_at_our_cost(cast: Cast) -> None:
    passwords.set_new(cast.head, GOOD)

    assert cast.head.password.startswith("argon2$argon2id$v=19$m=47104,t=2,p=1$")
    assert isinstance(identify_hasher(cast.head.password), PasswordHasher)


@override_settings(PASSWORD_HASHERS=OUR_COST)
def test_a_password_kept_at_another_cost_is_kept_anew_once_it_was_right(cast: Cast) -> None:
    cheap = type("Cheap", (PasswordHasher,), {"time_cost": 1})()
    cast.head.password = cheap.encode(GOOD, cheap.salt())

    assert not passwords.check(cast.head, "wrong")
    assert ",t=1," in cast.head.password
    assert passwords.check(cast.head, GOOD)
    assert ",t=2," in cast.head.password


def test_a_password_set_aside_opens_nothing_and_cannot_be_taken_again(cast: Cast) -> None:
    passwords.set_aside(cast.head)
    passwords.set_aside(cast.head)

    assert not passwords.check(cast.head, PASSWORD)
    with pytest.raises(passwords.WeakPasswordError) as refusal:
        passwords.set_new(cast.head, PASSWORD)
    assert refusal.value.reason is Reason.OLD
