"""Ports on the loopback interface: chosen free, then remembered."""

import fcntl
import json
import os
import random
import socket
import tempfile
import weakref
from collections.abc import Iterable
from pathlib import Path

LOOPBACK = "127.0.0.1"
# Below the range from which systems take the ports of outgoing connections, so that none of
# those sits on a chosen port at the next start.
LOWEST, HIGHEST = 20_000, 32_000
# What this process was given, in use or not yet.
_GIVEN: set[int] = set()
# One locked file for each port that a platform of this machine was promised.
RESERVED_PORTS = Path(tempfile.gettempdir()) / "fuma-ports"


def is_free(port: int) -> bool:
    """Whether nothing listens on the port, on any address of this machine."""
    for address in (LOOPBACK, "0.0.0.0"):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError:
                return False
    return True


def takes_connections(port: int) -> bool:
    """Whether somebody on this machine listens on the port."""
    try:
        socket.create_connection((LOOPBACK, port), timeout=2).close()
    except OSError:
        return False
    return True


def free_port(taken: Iterable[int] = ()) -> int:
    """A free port that is none of those already promised to others, nor one that this process was given before.

    Whoever asks listens only later: asked again meanwhile, the port would still look free.
    """
    promised = set(taken) | _GIVEN
    while True:
        port = random.randrange(LOWEST, HIGHEST)  # noqa: S311 - no secret
        if port not in promised and is_free(port):
            _GIVEN.add(port)
            return port


class PortBook:
    """The ports of one platform: the same at every start unless another program took one.

    A port is promised by a locked file as long as the book lives, since its part listens only seconds later and
    another platform that starts meanwhile would find it free. The kernel unlocks the file when the process ends.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._promised: set[int] = set()
        self._ports: dict[str, int] = json.loads(path.read_text()) if path.exists() else {}

    def port(self, name: str, preferred: int | None = None) -> int:
        """The remembered port of a part, else the preferred one, else any that is free."""
        remembered = self._ports.get(name, preferred)
        while remembered is None or not self._promise(remembered):
            remembered = free_port(self._ports.values())
        if self._ports.get(name) != remembered:
            self._ports[name] = remembered
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.write_text(json.dumps(self._ports, indent=2))
        return remembered

    def _promise(self, port: int) -> bool:
        """Keeps a free port for this book; False where something listens or another platform was promised it."""
        if port in self._promised:
            return True
        try:
            RESERVED_PORTS.mkdir(exist_ok=True)
            file = os.open(RESERVED_PORTS / str(port), os.O_CREAT | os.O_RDWR, 0o600)
        except OSError:
            # Another account of this machine keeps its promises there: the ports of both still have to be free.
            return is_free(port)
        weakref.finalize(self, os.close, file)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        if is_free(port):
            self._promised.add(port)
        return port in self._promised
