"""The private RabbitMQ node of a local platform or a test run, apart from any other broker."""

import base64
import hashlib
import json
import secrets
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

from deploy.laptop.stack.ports import LOOPBACK, free_port
from deploy.laptop.stack.processes import ProcessIdentity, end_child
from deploy.laptop.stack.rabbitmq_settings import ADMINISTRATOR, VHOST, node_environment, write_configuration
from deploy.laptop.stack.server import LocalServer
from deploy.laptop.system_packages import server_program


class RabbitNotInstalled(RuntimeError):
    """No rabbitmq-server is on this machine."""


class RabbitNode(LocalServer):
    """One RabbitMQ node on the loopback interface with everything of it in one folder."""

    # A node asked to stop while it boots ignores it.
    stop_seconds = 15.0
    ready_seconds = 120.0
    name = "rabbitmq"

    def __init__(
        self,
        folder: Path,
        *,
        port: int | None = None,
        management_port: int | None = None,
        distribution_port: int | None = None,
        epmd_port: int | None = None,
    ) -> None:
        program = server_program()
        if program is None:
            raise RabbitNotInstalled("未安装 RabbitMQ / RabbitMQ is missing: apt-get install rabbitmq-server")
        self._program = program
        self.folder = folder.resolve()
        self.port = port or free_port()
        self.management_port = management_port or free_port({self.port})
        self._distribution_port = distribution_port or free_port({self.port, self.management_port})
        self._epmd_port = epmd_port or free_port({self.port, self.management_port, self._distribution_port})
        self._epmd: subprocess.Popen[bytes] | None = None

    @property
    def password(self) -> str:
        """The administrator's password, made once."""
        path = self.folder / "administrator.password"
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(24))
        return path.read_text()

    @property
    def url(self) -> str:
        """The administrator's AMQP URL, with the platform's virtual host."""
        return f"amqp://{ADMINISTRATOR}:{self.password}@{LOOPBACK}:{self.port}/{VHOST}"

    @property
    def management_url(self) -> str:
        """The administrator's address of the management interface."""
        return f"http://{ADMINISTRATOR}:{self.password}@{LOOPBACK}:{self.management_port}"

    @property
    def node_name(self) -> str:
        """The node's name: of its folder alone, since the data belong to the name."""
        return f"fuma-{hashlib.sha256(str(self.folder).encode()).hexdigest()[:8]}@localhost"

    def launch(self) -> ProcessIdentity:
        """Starts the node, and the name server that it registers with, without waiting."""
        self._write_configuration()
        if self._epmd is None or self._epmd.poll() is not None:
            self._launch_epmd()
        self._process = self._spawn(str(self._program))
        return self.identity

    def ready(self) -> bool:
        """Whether the node has booted and listens for AMQP on its port."""
        try:
            self.ask(f"/api/health/checks/port-listener/{self.port}")
        except (OSError, ValueError):
            return False
        return True

    def ask(self, path: str) -> object:
        """What the management interface answers; OSError where it does not."""
        request = urllib.request.Request(f"http://{LOOPBACK}:{self.management_port}{path}")
        credentials = base64.b64encode(f"{ADMINISTRATOR}:{self.password}".encode()).decode()
        request.add_header("Authorization", f"Basic {credentials}")
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 - fixed scheme
            return json.loads(answer.read() or "null")

    def stop(self) -> None:
        """Ends the node in order, then its name server."""
        for process in (self._process, self._epmd):
            if process is not None:
                end_child(process, self.stop_seconds)
        self._process = self._epmd = None

    def _launch_epmd(self) -> None:
        """Starts the name server, and ends one that a killed supervisor has left behind."""
        end_orphaned_epmd(self.folder, self.stop_seconds)
        self._epmd = self._spawn("epmd", "-port", str(self._epmd_port), "-address", LOOPBACK)
        identity = ProcessIdentity.of(self._epmd.pid)
        _epmd_note(self.folder).write_text(json.dumps({"pid": identity.pid, "started": identity.started}))

    def _spawn(self, *command: str) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=self._environment(),
                start_new_session=True,
            )

    def _environment(self) -> dict[str, str]:
        return node_environment(
            self.folder,
            name=self.node_name,
            port=self.port,
            distribution_port=self._distribution_port,
            epmd_port=self._epmd_port,
        )

    def _write_configuration(self) -> None:
        write_configuration(
            self.folder, port=self.port, management_port=self.management_port, password=self.password
        )


def end_orphaned_epmd(folder: Path, seconds: float) -> None:
    """Ends the name server of a node in this folder, where one still runs."""
    noted = _epmd_note(folder)
    if noted.exists():
        ProcessIdentity(**json.loads(noted.read_text())).end(seconds)


def _epmd_note(folder: Path) -> Path:
    return folder / "epmd.json"
