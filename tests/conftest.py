"""The cast of the tests: a real server, and a fresh base for each test that asks for one.

The server is the embedded one in a throwaway home, shared by the workers of one run; or, when
`BASCULE_TEST_DATABASE_URL` gives a superuser's address, any PostgreSQL from 15 up. A template is
migrated once and cloned for each test, which then commits for good as the application role.
"""

import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import settings as laws
from psycopg import sql
from pytest_django import DjangoDbBlocker
from tests.bases import SECRET_KEY, SEED_KEY, Base, Server, Stages, outside_server, pointed_at
from tests.run_on_postgresql import quick_folder

from bascule.store import base as store_base, embedded

_SOURCES = Path(str(resources.files("bascule"))).parent
_SHARED_HOME = "BASCULE_TEST_HOME"

# A machine is as slow as what else it does; a law is not less true for that.
laws.register_profile("bascule", deadline=None)
# What decides of a change tries the same lives each time: a hole that chance finds is nobody's change.
laws.register_profile("same", laws.get_profile("bascule"), derandomize=True)
laws.load_profile("bascule")


def pytest_configure(config: pytest.Config) -> None:
    # Garbage is collected a hundred times less often: it took a ninth of the whole.
    gc.set_threshold(100_000, 20, 50)
    # For the processes that tests start.
    os.environ["PYTHONPATH"] = os.pathsep.join(
        filter(None, (str(_SOURCES), os.environ.get("PYTHONPATH")))
    )
    # The workers of one run inherit the name, and with it the server.
    if not hasattr(config, "workerinput"):
        os.environ[_SHARED_HOME] = tempfile.mkdtemp(prefix="bascule-tests-", dir=quick_folder())


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with what is long, so that a run ends on all its processes at once.

    On another server, leave out what asks none: it was run already.
    """
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
    if os.environ.get("BASCULE_TEST_DATABASE_URL"):
        asking = [item for item in items if "server" in getattr(item, "fixturenames", ())]
        config.hook.pytest_deselected(items=[*set(items).difference(asking)])
        items[:] = asking


def pytest_collection_finish() -> None:
    """Leave what stays until the end, thousands of tests, out of each collection of garbage."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ.pop(_SHARED_HOME))


@pytest.fixture
def home() -> Iterator[Path]:
    """Give a short-named folder that does not exist yet, outside the private folders of root."""
    with tempfile.TemporaryDirectory(prefix="bascule-", dir=quick_folder()) as folder:
        Path(folder).chmod(0o711)
        yield Path(folder) / "home"


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    address = os.environ.get("BASCULE_TEST_DATABASE_URL", "")
    if address:
        yield outside_server(address)
        return
    shared = Path(os.environ[_SHARED_HOME])
    with embedded.hold(shared, durable=False):
        yield Server(
            administrator=embedded.url(shared, role=embedded.ADMINISTRATOR, database="postgres"),
            owner=embedded.url(shared, role=embedded.OWNER),
            application=embedded.url(shared, role=embedded.APPLICATION),
        )


@pytest.fixture(scope="session")
def template(server: Server, django_db_blocker: DjangoDbBlocker) -> str:
    """Migrate a base once, whichever worker comes first; it is a template only once it is whole."""
    name = f"bascule_template_{store_base.schema_digest()[:16]}"
    with server.enter() as administrator, django_db_blocker.unblock():
        administrator.execute("SELECT pg_advisory_lock(hashtext(%s))", [name])
        found = administrator.execute(
            "SELECT FROM pg_database WHERE datname = %s AND datistemplate", [name]
        )
        if not found.rowcount:
            made = sql.Identifier(name)
            administrator.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(made))
            administrator.execute(
                sql.SQL(
                    "CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8'"
                    " LOCALE 'C.UTF-8'"
                ).format(made, sql.Identifier(embedded.OWNER))
            )
            with pointed_at(server, name):
                store_base.bring_up_to_date()
            administrator.execute(sql.SQL("ALTER DATABASE {} IS_TEMPLATE true").format(made))
    return name


@pytest.fixture(scope="session")
def stages(server: Server, template: str, django_db_blocker: DjangoDbBlocker) -> Iterator[Stages]:
    """Give the bases that this process has set for its tests to start from."""
    with django_db_blocker.unblock():
        made = Stages(server, template)
        yield made
        made.strike()


@pytest.fixture
def base(
    request: pytest.FixtureRequest, stages: Stages, django_db_blocker: DjangoDbBlocker
) -> Iterator[Base]:
    """Give the test its own base, as the application role. What it commits is committed.

    It is bare, or set as the test's fixture `stage` says.
    """
    stage = request.getfixturevalue("stage") if "stage" in request.fixturenames else None
    with django_db_blocker.unblock(), stages.own_base(stage) as made:
        yield made


@pytest.fixture(scope="module")
def module_base(stages: Stages, django_db_blocker: DjangoDbBlocker) -> Iterator[Base]:
    """Give the tests of a module one base between them: for those that take back what they write."""
    with django_db_blocker.unblock(), stages.own_base() as made:
        yield made


@pytest.fixture
def base_environment(base: Base, tmp_path: Path) -> dict[str, str]:
    """Give the environment in which a `bascule` of its own process works on the test's base."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.environ["PYTHONPATH"],
        "BASCULE_HOME": str(tmp_path / "home"),
        "BASCULE_BEA": str(settings.BASCULE_BEA),
        "BASCULE_DATABASE_URL": base.url,
        "BASCULE_OWNER_DATABASE_URL": base.owner_url,
        "BASCULE_SECRET_KEY": SECRET_KEY,
        "BASCULE_SEED_KEYS": SEED_KEY,
        "DJANGO_SETTINGS_MODULE": "bascule.config.settings",
    }


@pytest.fixture(scope="session")
def django_db_setup() -> None:
    """Keep pytest-django from making bases of its own: `base` does."""
