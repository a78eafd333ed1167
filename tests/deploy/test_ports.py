"""Ports: a taken one is avoided, a chosen one is kept."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.laptop.stack.plan import ROOT
from deploy.laptop.stack.ports import LOOPBACK, PortBook, free_port, is_free, takes_connections


@contextmanager
def listening(port: int, address: str = LOOPBACK) -> Iterator[None]:
    """Another program that listens on a port."""
    with socket.create_server((address, port)):
        yield


def test_a_port_is_taken_while_somebody_listens_on_it() -> None:
    port = free_port()
    with listening(port):
        assert not is_free(port)
        assert takes_connections(port)
    assert is_free(port)
    assert not takes_connections(port)


def test_a_port_is_taken_while_somebody_listens_on_all_addresses() -> None:
    port = free_port()
    with listening(port, "0.0.0.0"):
        assert not is_free(port)


def test_the_same_port_at_every_start(tmp_path: Path) -> None:
    first = PortBook(tmp_path / "ports.json").port("gateway")
    assert PortBook(tmp_path / "ports.json").port("gateway") == first


def test_a_remembered_port_that_is_taken_is_avoided_and_the_new_one_kept(tmp_path: Path) -> None:
    first = PortBook(tmp_path / "ports.json").port("gateway")
    with listening(first):
        second = PortBook(tmp_path / "ports.json").port("gateway")
    assert second != first
    assert PortBook(tmp_path / "ports.json").port("gateway") == second


def test_the_preferred_port_is_taken_when_it_is_free(tmp_path: Path) -> None:
    preferred = free_port()
    assert PortBook(tmp_path / "ports.json").port("gateway", preferred) == preferred


def test_a_preferred_port_that_is_taken_is_avoided(tmp_path: Path) -> None:
    preferred = free_port()
    with listening(preferred):
        assert PortBook(tmp_path / "ports.json").port("gateway", preferred) != preferred


def test_ports_of_one_platform_differ(tmp_path: Path) -> None:
    book = PortBook(tmp_path / "ports.json")
    ports = [book.port(str(number)) for number in range(50)]
    assert len(set(ports)) == len(ports)


def test_two_platforms_that_start_in_the_same_instant_get_different_ports(tmp_path: Path) -> None:
    """Neither listens yet: a free port stays reserved for the platform that requested it first."""
    preferred = free_port()
    first, second = PortBook(tmp_path / "first.json"), PortBook(tmp_path / "second.json")
    assert first.port("gateway", preferred) == preferred
    assert second.port("gateway", preferred) != preferred
    assert first.port("gateway", preferred) == preferred


def test_a_port_is_given_back_when_its_platform_is_gone(tmp_path: Path) -> None:
    preferred = free_port()
    words = (
        "import sys; from pathlib import Path; from deploy.laptop.stack.ports import PortBook;"
        "book = PortBook(Path(sys.argv[1])); print(book.port('gateway', int(sys.argv[2])), flush=True);"
        "sys.stdin.read()"
    )
    command = [sys.executable, "-c", words, str(tmp_path / "first.json"), str(preferred)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as first:
        assert first.stdout is not None
        assert int(first.stdout.readline()) == preferred
        assert PortBook(tmp_path / "second.json").port("gateway", preferred) != preferred
        first.kill()
    assert PortBook(tmp_path / "third.json").port("gateway", preferred) == preferred
