"""The local platform: starts, restarts its parts, tolerates a second start, and stops."""

import signal
import socket
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from deploy.laptop import commands
from deploy.laptop.stack.migrations import fingerprint
from deploy.laptop.stack.plan import Plan
from deploy.laptop.stack.platform import NotStarted, Platform
from deploy.laptop.stack.ports import LOOPBACK, takes_connections
from deploy.laptop.stack.processes import ProcessIdentity
from deploy.laptop.stack.progress import progress
from deploy.settings_table import PROCESSES
from tests.environment import Servers

STAND_IN = Path(__file__).with_name("fakes.py")
COMMANDS = {process: [sys.executable, str(STAND_IN), process] for process in PROCESSES}


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A platform with servers of its own, running fake services."""
    plan = Plan(commands=COMMANDS, replicas={"coding": 2}, durable=False)
    platform = Platform(tmp_path_factory.mktemp("platform") / "local", plan)
    yield platform.start()
    platform.reset()
    assert not platform.layout.folder.exists()


def given(servers: Servers, folder: Path, name: str, commands: dict[str, list[str]]) -> Platform:
    """A platform on servers that were given to it."""
    url = servers.rabbitmq.rpartition("/")[0] + f"/{name}"
    plan = Plan(
        commands=commands,
        postgres_dsn=servers.postgres,
        rabbitmq_url=url,
        rabbitmq_management_url=servers.management,
        database=name,
    )
    return Platform(folder / name, plan)


@pytest.mark.parametrize("part", ["coding.2", "gateway", "postgres", "rabbitmq"])
def test_a_part_that_is_killed_comes_back_by_itself(platform: Platform, part: str) -> None:
    killed = platform.kill(part)
    assert not killed.alive()
    assert platform.wait_restarted(part, killed) != killed
    platform.wait_ready()
    assert platform.states()[part]["restarts"] >= 1


def test_a_second_start_says_so_and_harms_nothing(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(commands, "FOLDER", platform.layout.folder)
    before = {part: platform.identity(part) for part in platform.describe()["processes"]}
    assert commands.main(["run"]) == 0
    said = capsys.readouterr().out
    assert "Already running" in said
    assert platform.describe()["gateway"] in said
    assert {part: platform.identity(part) for part in before} == before
    assert all(identity.alive() for identity in before.values())


def test_the_status_shows_every_part(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(commands, "FOLDER", platform.layout.folder)
    assert commands.main(["status"]) == 0
    said = capsys.readouterr().out
    assert all(process in said for process in PROCESSES)
    platform.freeze("review")
    try:
        assert commands.main(["status"]) == commands.NOT_RUNNING
    finally:
        platform.thaw("review")
    platform.wait_ready()


def test_dead_letters_are_read_from_this_platforms_broker(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "FOLDER", platform.layout.folder)
    assert commands.main(["dead-letters"]) == 0
    assert commands.main(["dead-letters", "list"]) == 0


def test_the_description_has_what_others_need(platform: Platform) -> None:
    described = platform.describe()
    assert set(described["postgres"]) == {*PROCESSES, "superuser"}
    assert described["provincial"]["43"]["queue"] == "provinces.43"
    assert {account["username"] for account in described["accounts"]} == {"nation.reviewer", "nation.maintainer"}
    assert set(described["processes"]) == {*PROCESSES, "coding.2", "postgres", "rabbitmq"}
    assert platform.layout.description.stat().st_mode & 0o077 == 0


def test_everything_listens_on_the_loopback_interface_alone(platform: Platform) -> None:
    ports = {each["port"] for each in platform.describe()["processes"].values()}
    ports |= {
        int(line.rpartition(":")[2].rstrip(",}")) for line in platform.layout.ports.read_text().splitlines()[1:-1]
    }
    outside = {address for address in _own_addresses() if not address.startswith("127.")}
    for address in outside:
        for port in ports:
            with pytest.raises(OSError, match="refused"):
                socket.create_connection((address, port), timeout=2)


@pytest.fixture(scope="module")
def light(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A platform that starts faster: with its own Postgres, on a RabbitMQ that was given to it."""
    plan = replace(given(servers, Path(), "deploy_light", COMMANDS).plan, postgres_dsn=None, durable=False)
    platform = Platform(tmp_path_factory.mktemp("light") / "local", plan)
    yield platform.start()
    platform.reset()


def test_a_new_migration_is_seen(tmp_path: Path) -> None:
    folder = tmp_path / "services" / "coding" / "migrations"
    folder.mkdir(parents=True)
    (folder / "0001_pre_codes.sql").write_text("SELECT 1")
    before = fingerprint(tmp_path)
    assert fingerprint(tmp_path) == before
    (folder / "0002_pre_more.sql").write_text("SELECT 1")
    assert fingerprint(tmp_path) != before


def test_tables_are_migrated_again_only_when_there_is_something_new(light: Platform) -> None:
    log = light.layout.log("coding-migrate")
    log.unlink()
    light.stop()
    light.start()
    assert not log.exists()
    light.stop()
    light.layout.migrated.write_text("an older clone")
    light.start()
    assert log.exists()


async def test_stop_and_start_again_keep_data_and_address(light: Platform) -> None:
    dsn, address = light.describe()["postgres"]["coding"], light.describe()["gateway"]
    await _visit(dsn)
    processes = [light.identity(part) for part in light.describe()["processes"]]
    assert light.stop()
    assert not any(process.alive() for process in processes)
    assert not light.stop()
    light.start()
    assert light.describe()["gateway"] == address
    assert await _visit(light.describe()["postgres"]["coding"]) == 2


def test_a_port_that_is_in_use_at_the_next_start_is_replaced(light: Platform) -> None:
    former = light.describe()["processes"]["registry"]["port"]
    light.stop()
    with socket.create_server((LOOPBACK, former)):
        light.start()
        assert light.describe()["processes"]["registry"]["port"] != former
        light.wait_ready()


def kill_supervisor(platform: Platform) -> None:
    """Ends the supervisor as a fault would, and leaves what it had started."""
    reached = progress(platform.layout)
    assert reached is not None
    reached.supervisor.send(signal.SIGKILL)
    assert reached.supervisor.wait_gone(10)


def test_the_next_supervisor_ends_the_processes_of_a_killed_one(platform: Platform) -> None:
    orphans = [platform.identity(part) for part in platform.describe()["processes"]]
    kill_supervisor(platform)
    assert all(orphan.alive() for orphan in orphans)
    platform.start()
    assert not any(orphan.alive() for orphan in orphans)
    platform.wait_ready()


def test_stop_ends_the_processes_of_a_killed_supervisor(light: Platform) -> None:
    left = [light.identity(part) for part in light.describe()["processes"]]
    kill_supervisor(light)
    assert light.stop()
    assert not any(process.alive() for process in left)
    assert not light.stop()
    light.start()


def test_stop_never_ends_a_process_that_reuses_the_supervisors_id(tmp_path: Path) -> None:
    platform = Platform(tmp_path)
    own = ProcessIdentity.of(1)
    platform.layout.supervisor.write_text(
        f'{{"phase": "running", "message": "", "pid": {own.pid}, "started": "{own.started}0"}}'
    )
    assert not platform.running
    assert not platform.stop()


def test_two_platforms_on_one_machine_are_independent(servers: Servers, tmp_path: Path) -> None:
    one = given(servers, tmp_path, "deploy_one", {"coding": COMMANDS["coding"]})
    other = given(servers, tmp_path, "deploy_other", {"coding": COMMANDS["coding"]})
    try:
        one.start()
        other.start()
        ports = {platform.describe()["processes"]["coding"]["port"] for platform in (one, other)}
        assert len(ports) == 2
        one.stop()
        assert other.part_ready("coding")
    finally:
        one.reset()
        other.reset()


def test_a_service_that_cannot_start_is_named_with_its_last_words(servers: Servers, tmp_path: Path) -> None:
    words = "import sys; sys.argv[1] == 'migrate' or sys.exit('the disk is made of cheese')"
    platform = given(servers, tmp_path, "deploy_broken", {"review": [sys.executable, "-c", words]})
    try:
        with pytest.raises(NotStarted, match=r"review: (?s:.*)made of cheese"):
            platform.start()
        assert not platform.supervised
    finally:
        platform.reset()


def test_a_migration_that_fails_is_named_with_its_last_words(servers: Servers, tmp_path: Path) -> None:
    words = [sys.executable, "-c", "import sys; sys.exit('no such column')"]
    platform = given(servers, tmp_path, "deploy_unmigrated", {"review": words})
    try:
        with pytest.raises(NotStarted, match="no such column"):
            platform.start()
    finally:
        platform.reset()


def test_the_ports_are_free_again_afterwards(servers: Servers, tmp_path: Path) -> None:
    platform = given(servers, tmp_path, "deploy_short", {"coding": COMMANDS["coding"]})
    try:
        port = platform.start().describe()["processes"]["coding"]["port"]
        platform.stop()
        assert not takes_connections(port)
    finally:
        platform.reset()


async def _visit(dsn: str) -> int:
    """Inserts a row; returns the number of rows."""
    connection = await asyncpg.connect(dsn)
    await connection.execute("INSERT INTO visit DEFAULT VALUES")
    visits: int = await connection.fetchval("SELECT count(*) FROM visit")
    await connection.close()
    return visits


def _own_addresses() -> set[str]:
    """The addresses that this machine has besides the loopback's."""
    return {str(found[4][0]) for found in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
