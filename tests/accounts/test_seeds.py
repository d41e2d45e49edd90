"""Files of seeds: what is read of each, and each way in which one is refused."""

import base64
import hashlib
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st
from tests.accounts import pskc as maker
from tests.accounts.pskc import PASSPHRASE, TRANSPORT_KEY, Lock, pskc, token

from bascule.accounts.keys import seed as refusals
from bascule.accounts.keys.seed import Seed, SeedsRefusedError
from bascule.accounts.keys.seeds import read_seeds

FOLDER = Path(__file__).parent / "seeds"
SECRETS = {n: hashlib.sha1(f"key {n}".encode()).digest() for n in range(1, 5)}  # noqa: S324

FIRST = Seed("2600000001", SECRETS[1], expires_on=date(2031, 12, 31))
SECOND = Seed("2600000002", SECRETS[2], digits=8, counter=41)
THIRD = Seed("2600000003", SECRETS[3], kind="totp", algorithm="SHA256", period=60)

SEALED = Lock(passphrase=PASSPHRASE)


def read(content: bytes, passphrase: str = "") -> list[Seed]:
    """Give the seeds of a file, wherever they stand in it."""
    return [
        replace(one, line=0) for one in read_seeds(content=content, passphrase=passphrase).seeds
    ]


def refusal(content: bytes, passphrase: str = "") -> SeedsRefusedError:
    with pytest.raises(SeedsRefusedError) as caught:
        read_seeds(content=content, passphrase=passphrase)
    return caught.value


def csv(
    *lines: str, heading: str = "série;graine;compteur;algorithme;chiffres;expiration"
) -> bytes:
    return "\n".join((heading, *lines)).encode()


# What is read


@pytest.mark.parametrize(
    ("name", "passphrase"),
    [
        ("plain.pskcxml", ""),
        ("passphrase.pskcxml", PASSPHRASE),
        ("transport-key.pskcxml", TRANSPORT_KEY.hex()),
        ("transport-key.pskcxml", " ".join(TRANSPORT_KEY.hex().upper()[n : n + 8] for n in range(0, 64, 8))),
        ("transport-key.pskcxml", base64.b64encode(TRANSPORT_KEY).decode()),
    ],
)  # fmt: skip
def test_a_file_of_a_maker_gives_its_keys(name: str, passphrase: str) -> None:
    assert read((FOLDER / name).read_bytes(), passphrase) == [FIRST, SECOND, THIRD]


def test_the_golden_files_are_those_of_the_maker() -> None:
    made = maker.golden_files()

    assert made == {name: (FOLDER / name).read_bytes() for name in made}


def test_a_sheet_saved_by_a_french_spreadsheet_is_read() -> None:
    assert read((FOLDER / "tableur.csv").read_bytes()) == [
        FIRST,
        SECOND,
        replace(THIRD, period=30),
    ]


def test_a_file_with_english_headings_in_another_order_is_read() -> None:
    assert read((FOLDER / "maker.csv").read_bytes()) == [
        FIRST,
        Seed("2600000004", SECRETS[4]),
        THIRD,
    ]


def test_a_file_without_headings_is_read_in_the_order_that_is_documented() -> None:
    assert read((FOLDER / "bare.csv").read_bytes()) == [
        Seed(f"260000000{n}", SECRETS[n], counter=n) for n in (1, 2, 3)
    ]


def test_the_line_of_each_key_is_known() -> None:
    sheet = read_seeds(content=(FOLDER / "tableur.csv").read_bytes())
    pskc_file = read_seeds(content=(FOLDER / "plain.pskcxml").read_bytes())

    assert [one.line for one in sheet.seeds] == [2, 3, 5]
    assert [one.line for one in pskc_file.seeds] == [3, 11, 19]


def test_a_file_that_wraps_its_keys_needs_no_mac() -> None:
    lock = Lock(key=bytes(range(16)), cipher="kw-aes128", has_mac=False)
    content = pskc(token(1, secret=bytes(range(24))), lock=lock)

    assert read(content, bytes(range(16)).hex()) == [Seed("2600000001", bytes(range(24)))]


def test_the_code_that_opens_an_object_is_not_a_key() -> None:
    pin = token(1, profile="pin", secret=b"1234")
    local = '<Policy><PINPolicy PINKeyId="2600000001" PINUsageMode="Local"/></Policy>'

    assert read(pskc(token(1, extra=local), pin)) == [Seed("2600000001", SECRETS[1])]


def test_a_seed_is_not_shown_by_what_holds_it() -> None:
    found = read_seeds(content=(FOLDER / "plain.pskcxml").read_bytes())

    assert str(SECRETS[1]) not in repr(found.seeds[0])
    assert "2600000001" not in repr(found)


# PSKC: why one is refused


def test_a_doctype_is_refused_before_anything_is_read() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b SYSTEM "file:///etc/passwd">]>'

    found = refusal(pskc(token(1, serial="&b;"), head=bomb))

    assert isinstance(found, refusals.SeedsDoctypeError)
    assert found.line == 2


def test_a_damaged_file_says_where() -> None:
    found = refusal((FOLDER / "plain.pskcxml").read_bytes()[:600])

    assert isinstance(found, refusals.UnreadableSeedsError)
    assert found.place == "ligne 6"


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"<html><body/></html>", "PSKC"),
        (b"PK\x03\x04rest", "ZIP"),
        (b"%PDF-1.7", "PDF"),
        (b"\x1f\x8brest", "compress"),
        (b"\xd0\xcf\x11\xe0rest", "classeur"),
        (b"\x00\x01\x02", "texte"),
        (b"only one column", "colonnes"),
        (b'<KeyContainer Version="2.0"/>', "norme"),
        (b"<KeyContainer>" + b"<a>" * 40 + b"</a>" * 40 + b"</KeyContainer>", "emb"),
    ],
)  # fmt: skip
def test_what_is_no_file_of_seeds_is_named(content: bytes, word: str) -> None:
    found = refusal(content)

    assert isinstance(found, refusals.UnreadableSeedsError)
    assert word in found.sentence


@pytest.mark.parametrize("content", [b"", b"\n\n", b"<KeyContainer/>", csv()])
def test_a_file_without_keys_is_refused(content: bytes) -> None:
    assert isinstance(refusal(content), refusals.NoSeedError)


def test_an_encrypted_file_asks_for_its_passphrase_by_its_name() -> None:
    found = refusal(pskc(token(1), lock=SEALED))

    assert isinstance(found, refusals.SeedsPassphraseNeededError)
    assert found.name == "Phrase 2026"


@pytest.mark.parametrize("given", ["quatre saules verts", "x"])
def test_a_wrong_passphrase_is_told(given: str) -> None:
    found = refusal(pskc(token(1), lock=SEALED), given)

    assert isinstance(found, refusals.WrongPassphraseError | refusals.WrongMacError)


@pytest.mark.parametrize("given", ["00" * 32, "00" * 16, "not a key!"])
def test_a_wrong_transport_key_is_told(given: str) -> None:
    lock = Lock(key=TRANSPORT_KEY, cipher="aes256-cbc")

    assert isinstance(refusal(pskc(token(1), lock=lock), given), refusals.WrongPassphraseError)


def test_a_wrong_mac_names_the_key_its_serial_number_and_its_line() -> None:
    content = pskc(token(1), token(2), lock=SEALED)
    before, mac, after = content.rpartition(b"<ValueMAC>")

    found = refusal(before + mac + b"AAAA" + after[4:], PASSPHRASE)

    assert isinstance(found, refusals.WrongMacError)
    assert "clé n° 2, série 2600000002, ligne 13" in found.sentence


def test_a_cipher_that_shows_no_change_needs_a_mac() -> None:
    found = refusal(pskc(token(1), lock=replace(SEALED, has_mac=False)), PASSPHRASE)

    assert isinstance(found, refusals.UnknownEncryptionError)
    assert "MAC" in found.sentence


@pytest.mark.parametrize(
    ("written", "changed"),
    [
        (b"xmlenc#aes128-cbc", b"xmlenc#tripledes-cbc"),
        (b"pkcs-5v2-0#pbkdf2", b"pkcs-5v2-0#scrypt"),
        (b"xmldsig#hmac-sha1", b"xmldsig#hmac-none"),
        (b"<IterationCount>2000<", b"<IterationCount>2000000000<"),
        (b"<KeyLength>16<", b"<KeyLength>1000000000<"),
    ],
)
def test_an_encryption_that_is_unknown_or_too_costly_is_refused(
    written: bytes, changed: bytes
) -> None:
    content = pskc(token(1), lock=SEALED)
    assert written in content

    found = refusal(content.replace(written, changed), PASSPHRASE)

    assert isinstance(found, refusals.UnknownEncryptionError)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"profile": "ocra", "suite": "OCRA-1:HOTP-SHA1-6:QN08"}, "ocra"),
        ({"profile": "totp", "suite": "HMAC-MD5"}, "HMAC-MD5"),
        ({"profile": ""}, "pskc:"),
    ],
)
def test_an_unknown_algorithm_names_the_key(given: dict[str, str], said: str) -> None:
    found = refusal(pskc(token(1), token(2, **given)))

    assert isinstance(found, refusals.UnknownAlgorithmError)
    assert said in found.sentence
    assert "clé n° 2, série 2600000002, ligne 11" in found.sentence


def test_the_same_serial_number_twice_names_both_lines() -> None:
    found = refusal(pskc(token(1), token(2), token(1)))

    assert isinstance(found, refusals.DuplicateSerialError)
    assert "2600000001 (lignes 3 et 19)" in found.sentence


def test_more_than_ten_thousand_keys_are_refused() -> None:
    package = b"<KeyPackage/>\n"

    found = refusal(b"<KeyContainer>\n" + package * 10_001 + b"</KeyContainer>")

    assert isinstance(found, refusals.TooManySeedsError)
    assert found.line == 10_002
    assert "10 000 clés" in found.sentence


def test_ten_thousand_keys_are_taken() -> None:
    lines = (f"{n};{hashlib.sha1(str(n).encode()).hexdigest()}" for n in range(10_000))  # noqa: S324

    assert len(read("\n".join(lines).encode())) == 10_000


def test_a_file_that_weighs_too_much_is_refused() -> None:
    content = b" " * (refusals.LARGEST_FILE + 1)

    assert isinstance(refusal(content), refusals.SeedsTooLargeError)


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"serial": ""}, "numéro de série"),
        ({"secret": b""}, "graine manque"),
        ({"secret": b"short"}, "5 octets"),
        ({"secret": bytes(65)}, "65 octets"),
        ({"digits": 5}, "5 chiffres"),
        ({"profile": "totp", "interval": 3600}, "3600 secondes"),
        ({"extra": "<Policy><KeyUsage>CR</KeyUsage></Policy>"}, "emploi"),
        ({"extra": "<Policy><NumberOfTransactions>3</NumberOfTransactions></Policy>"}, "limité"),
        ({"extra": "<Policy><OnMondays/></Policy>"}, "limité"),
        ({"extra": '<Policy><PINPolicy PINUsageMode="Append"/></Policy>'}, "code secret"),
    ],
)
def test_a_key_that_cannot_be_used_is_named(given: dict[str, object], word: str) -> None:
    found = refusal(pskc(token(1), token(2, **given)))

    assert isinstance(found, refusals.UnusableSeedError)
    assert word in found.sentence
    assert "clé n° 2" in found.sentence


@pytest.mark.parametrize(
    ("written", "changed"),
    [
        (b"<PlainValue>0<", b"<PlainValue>\xc3\xa9<"),
        (b'Length="6"', b'Length="six"'),
        (b"<ExpiryDate>2031-12-31T00:00:00Z<", b"<ExpiryDate>the end<"),
        (b'Encoding="DECIMAL"/>', b'Encoding="DECIMAL" CheckDigits="maybe"/>'),
    ],
)
def test_a_value_that_the_norm_does_not_allow_is_refused(written: bytes, changed: bytes) -> None:
    content = (FOLDER / "plain.pskcxml").read_bytes()
    assert written in content

    assert isinstance(refusal(content.replace(written, changed, 1)), refusals.UnreadableSeedsError)


# CSV: why one is refused, line by line


@pytest.mark.parametrize(
    ("line", "word"),
    [
        (f"1;{'0z' * 20}", "hexadécimal"),
        ("1;abcd", "2 octets"),
        ("1;", "graine manque"),
        (f";{'ab' * 20}", "numéro de série manque"),
        (f"{'1' * 61};{'ab' * 20}", "60 caractères"),
        (f"9,87E+08;{'ab' * 20}", "arrondi par un tableur"),
        (f"1;{'ab' * 20};many", "compteur n’est pas un nombre"),
        (f"1;{'ab' * 20};99999999999999999999", "compteur n’est pas un nombre"),
        (f"1;{'ab' * 20};9999999999999999999", "compteur n’est pas possible"),
        (f"1;{'ab' * 20};0;MD5", "« MD5 »"),
        (f"1;{'ab' * 20};0;HOTP;12", "12 chiffres"),
        (f"1;{'ab' * 20};0;HOTP;6;31/02/2030", "date"),
        (f"1;{'ab' * 20};0;HOTP;6;2030", "date"),
        (f"1;{'ab' * 20};0;HOTP;6;;and more", "7 cellules"),
        (f"1;{'ab' * 20};{'9' * 1001}", "trop longue"),
    ],
)
def test_a_wrong_line_is_named_by_its_number(line: str, word: str) -> None:
    good = f"first;{'cd' * 20}"

    found = refusal(csv(good, "", line, f"last;{'ef' * 20}"))

    assert isinstance(found, refusals.WrongLinesError)
    assert [one.line for one in found.faults] == [4]
    assert word in found.faults[0].sentence
    assert "Une ligne sur 3 ne convient pas : ligne 4 :" in found.sentence


def test_every_wrong_line_is_told_and_the_sentence_stays_short() -> None:
    found = refusal(csv(*(f"{n};bad seed" for n in range(20)), f"good;{'ab' * 20}"))

    assert isinstance(found, refusals.WrongLinesError)
    assert len(found.faults) == 20
    assert "20 lignes sur 21 ne conviennent pas" in found.sentence
    assert "et 15 autres" in found.sentence


def test_the_same_serial_number_twice_in_a_sheet_names_the_first() -> None:
    found = refusal(csv(f"7;{'ab' * 20}", f"7;{'cd' * 20}"))

    assert isinstance(found, refusals.WrongLinesError)
    assert found.faults[0].sentence == "le numéro de série 7 est déjà donné ligne 2"


def test_a_sheet_of_more_than_ten_thousand_keys_is_refused() -> None:
    found = refusal(csv(*(f"{n};{n:040x}" for n in range(10_001))))

    assert isinstance(found, refusals.TooManySeedsError)
    assert found.line == 10_002


@pytest.mark.parametrize(
    ("heading", "word"),
    [("série;compteur", "graine"), ("graine;compteur", "série"), ("serial;seed;key", "deux fois")],
)
def test_headings_without_what_is_needed_are_refused(heading: str, word: str) -> None:
    assert word in refusal(csv("1;2", heading=heading)).sentence


def test_quotes_left_open_are_told_with_their_line() -> None:
    found = refusal(csv(f"1;{'ab' * 20}", '"2;' + "cd" * 20))

    assert "ligne 3" in found.sentence


def test_a_refusal_never_repeats_a_seed() -> None:
    secret = "deadbeef" * 5
    found = refusal(csv(f"1;{secret};x", f"2;{secret}zz"))

    assert secret not in str(found)


# Laws


@settings(max_examples=150, deadline=None)
@given(
    content=st.sampled_from(sorted(maker.golden_files().values())),
    cuts=st.lists(st.tuples(st.integers(0, 4000), st.binary(max_size=3)), min_size=1, max_size=3),
)
def test_whatever_happened_to_a_file_it_is_read_or_refused(
    content: bytes, cuts: list[tuple[int, bytes]]
) -> None:
    for place, put in cuts:
        content = content[:place] + put + content[place + len(put) :]

    with suppress(SeedsRefusedError):
        read_seeds(content=content, passphrase=PASSPHRASE)


@given(st.text(max_size=200), st.sampled_from(["utf-8", "utf-16", "utf-8-sig"]))
def test_whatever_text_it_is_a_sheet_is_read_or_refused(text: str, encoding: str) -> None:
    with suppress(SeedsRefusedError):
        read_seeds(content=text.encode(encoding, errors="replace"))


@given(
    st.lists(
        st.builds(
            Seed,
            serial=st.text("0123456789ABC-", min_size=1, max_size=20),
            secret=st.binary(min_size=16, max_size=64),
            kind=st.sampled_from(["hotp", "totp"]),
            algorithm=st.sampled_from(refusals.ALGORITHMS),
            digits=st.sampled_from([6, 7, 8]),
            counter=st.integers(0, 10**9),
            expires_on=st.none() | st.dates(date(2000, 1, 1), date(2100, 1, 1)),
        ),
        min_size=1,
        max_size=5,
        unique_by=lambda one: one.serial,
    ),
    st.booleans(),
)
def test_what_a_sheet_says_is_what_is_read(seeds: list[Seed], writes_base32: bool) -> None:  # noqa: FBT001
    lines = [
        ";".join(
            (
                one.serial,
                base64.b32encode(one.secret).decode() if writes_base32 else one.secret.hex(),
                str(one.counter),
                f"{one.kind}-{one.algorithm}",
                str(one.digits),
                f"{one.expires_on:%d/%m/%Y}" if one.expires_on else "",
            )
        )
        for one in seeds
    ]

    assert read(csv(*lines)) == seeds
