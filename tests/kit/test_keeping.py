"""The kit keeps what is its own, touches nothing else, and signs nothing of what went wrong in it."""

from pathlib import Path

import pytest
from cryptography import x509
from tests.bases import Base
from tests.kit.playing import InProcess, now, stage_for

from bascule.exchange.import_pipeline.conductor import reading
from bascule.exchange.models import ImportRun
from bascule.exchange.receive import deposit
from bascule.generator.files import private_bytes, private_records
from bascule.kit.keeping import certificate
from bascule.kit.run import NotKitFolderError, play, stage_set
from bascule.kit.sandbox import YEAR
from bascule.kit.site import PortTakenError, listening
from bascule.kit.stage import Software, UnqualifiableSoftwareError
from bascule_client import Bascule, RefusedError, UnreachableError
from bascule_client.settings import Settings

TOKEN = "bsc_0990001N_1_" + "A" * 43


def test_a_folder_that_is_not_the_kit_s_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    theirs = tmp_path / "conversation" / "notes.txt"
    theirs.parent.mkdir()
    theirs.write_text("à nous", encoding="utf-8")

    with (
        pytest.raises(NotKitFolderError),
        stage_set(folder=tmp_path, driver=InProcess(), software=Software(), patience=1, at=now()),
    ):
        pass

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [theirs]


def test_a_software_that_no_register_could_take_is_refused_before_it_plays() -> None:
    for editor, name, version in (
        ("Éditeur", "NOM", "4.2/1"),
        ("Éditeur", "NOM", "4.2~rc1"),
        ("Éditeur", "NOM", ""),
        ("É" * 101, "NOM", "4.2"),
        ("Éditeur", "ONZE LETTRE", "4.2"),
    ):
        with pytest.raises(UnqualifiableSoftwareError):
            Software(editor, name, version)


def test_the_certificate_is_believed_for_its_own_site_and_vouches_for_nothing(
    base: Base, tmp_path: Path
) -> None:
    ours, strange = (certificate(tmp_path, name, at=now()) for name in ("ours", "strange"))
    with listening(ours, after=lambda _: None) as site:
        believing, doubting = (
            Bascule(Settings(site.address, TOKEN, authority=one[0]), patience=0)
            for one in (ours, strange)
        )
        with pytest.raises(RefusedError) as no:
            believing.me()
        assert no.value.status == 401
        with pytest.raises(UnreachableError, match="certificat refusé"):
            doubting.me()
        taken = int(site.address.rpartition(":")[2])
        with pytest.raises(PortTakenError), listening(ours, after=lambda _: None, port=taken):
            pass
    read = x509.load_pem_x509_certificate(ours[0].read_bytes())
    assert not read.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_what_goes_wrong_in_the_sandbox_ends_the_run_without_a_report(
    base: Base, tmp_path: Path
) -> None:
    with stage_for(InProcess(), tmp_path) as stage:
        school, at = stage.sandbox.school(), stage.sandbox.now
        content = private_bytes(private_records(school.population, version="4.0", at=at), "4.0")
        name = f"{school.uai}PRIVE{YEAR}{at:%y%m%d%H%M%S}.xml"
        run = deposit(files=[(name, content)], uai=school.uai, year=YEAR, actor="kit", at=at).run
        with reading(school.uai):
            # What no deposit is: the worker falls over it.
            ImportRun.objects.filter(pk=run.pk).update(options=[])
        stage.sandbox.read_soon(f"/api/v1/etablissements/{school.uai}/imports")
        for _ in range(2):
            with pytest.raises(AttributeError):
                play(stage, (), clock=now)
