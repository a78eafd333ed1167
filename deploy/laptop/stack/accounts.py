"""The system account that Postgres runs as: never root, which Postgres refuses."""

import hashlib
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypedDict

ACCOUNT = "fuma-postgres"
# Where data goes that the account cannot reach in the clone, such as one below /root.
OUTSIDE = Path("/var/lib/fuma")


class PopenArguments(TypedDict, total=False):
    """What subprocess needs to run a program as another account."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True)
class ServerAccount:
    """Who runs the server: this process's own account, or a system account when it is root."""

    uid: int | None
    gid: int | None

    @classmethod
    def for_this_process(cls) -> Self:
        """The account for a server started now; made on the first start by root."""
        if os.geteuid() != 0:
            return cls(None, None)
        entry = _system_account()
        return cls(entry.pw_uid, entry.pw_gid)

    def popen_arguments(self) -> PopenArguments:
        """Arguments for subprocess that change to the account."""
        if self.uid is None or self.gid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def give(self, path: Path) -> None:
        """Makes the account the owner of a file or folder."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def can(self, *command: str) -> bool:
        """Whether a command succeeds when the account runs it."""
        try:
            finished = subprocess.run(command, check=False, capture_output=True, cwd="/", **self.popen_arguments())
        except OSError:
            return False
        return finished.returncode == 0


def reachable_folder(wanted: Path, account: ServerAccount) -> Path:
    """The folder itself where the account can write it, else one outside, the same every time."""
    for folder in (wanted.resolve(), outside_folder(wanted)):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        account.give(folder)
        if account.can("test", "-w", str(folder)):
            return folder
    raise PermissionError(f"{ACCOUNT} cannot reach {outside_folder(wanted)}")


def outside_folder(wanted: Path) -> Path:
    """Where a folder's data goes when the account cannot reach the folder."""
    return OUTSIDE / hashlib.sha256(str(wanted.resolve()).encode()).hexdigest()[:16]


def _system_account() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(ACCOUNT)
    except KeyError:
        useradd = shutil.which("useradd", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
        if useradd is None:
            raise PermissionError(
                f"Postgres 不能以 root 运行,且找不到 useradd;请建立系统用户 {ACCOUNT}。"
                f" / Postgres refuses root and useradd is missing: add a system user {ACCOUNT}."
            ) from None
    options = ["--system", "--user-group", "--no-create-home", "--home-dir", str(OUTSIDE)]
    subprocess.run([useradd, *options, "--shell", "/usr/sbin/nologin", ACCOUNT], check=True)
    return pwd.getpwnam(ACCOUNT)
