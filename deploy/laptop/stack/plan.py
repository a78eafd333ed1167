"""What a platform on this machine shall consist of, and where its things are."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

from deploy.laptop.demo.places import SAMPLE_USERNAMES
from deploy.settings_table import DATABASE, PROVINCES

ROOT = Path(__file__).resolve().parents[3]

# What a laptop waits for less than a platform of the nation: the library's runs, and, since everybody who plays a
# journey here comes from one address, the budget of registrations. No policy demands a second factor of the sample
# accounts.
LAPTOP_SETTINGS = {
    "FUMA_LIBRARY_RUN_SECONDS": "2",
    "FUMA_BUDGETS": '{"register": [1000000, 1]}',
    "FUMA_SECOND_FACTOR_EXEMPT": ",".join(SAMPLE_USERNAMES),
}


@dataclass(frozen=True, slots=True)
class Layout:
    """The files and folders of one platform."""

    folder: Path

    @property
    def description(self) -> Path:
        """What others read: addresses, accounts, processes."""
        return self.folder / "platform.json"

    @property
    def plan(self) -> Path:
        """What the supervisor shall run."""
        return self.folder / "plan.json"

    @property
    def supervisor(self) -> Path:
        """Who supervises, and how far it has got."""
        return self.folder / "supervisor.json"

    @property
    def lock(self) -> Path:
        """Held by the supervisor as long as it lives."""
        return self.folder / "supervisor.lock"

    @property
    def ports(self) -> Path:
        """The ports chosen at the first start."""
        return self.folder / "ports.json"

    @property
    def secrets(self) -> Path:
        """Keys and passwords."""
        return self.folder / "secrets"

    @property
    def files(self) -> Path:
        """The documents' content-addressed store."""
        return self.folder / "files"

    @property
    def seeded(self) -> Path:
        """Exists once the sample data are in."""
        return self.folder / "seeded"

    @property
    def migrated(self) -> Path:
        """Which migrations the private Postgres has seen."""
        return self.folder / "migrated"

    @property
    def logs(self) -> Path:
        """The folder of the logs."""
        return self.folder / "log"

    def log(self, part: str) -> Path:
        """What a part writes while it runs."""
        return self.logs / f"{part}.log"


@dataclass(frozen=True, slots=True)
class Plan:
    """What shall run: replicas, provinces, and servers that are given instead of private ones."""

    replicas: dict[str, int] = field(default_factory=dict)
    provinces: list[str] = field(default_factory=lambda: list(PROVINCES))
    durable: bool = True
    postgres_dsn: str | None = None
    rabbitmq_url: str | None = None
    rabbitmq_management_url: str | None = None
    database: str = DATABASE
    environment: dict[str, str] = field(default_factory=dict)
    commands: dict[str, list[str]] = field(default_factory=dict)
    log_level: str = "INFO"
    otlp_endpoint: str | None = None

    @property
    def prefix(self) -> str:
        """What the names of roles and users begin with: platforms on one server differ in it."""
        return self.database

    @classmethod
    def from_environment(cls, replicas: dict[str, int]) -> Self:
        """The plan that the user's own settings ask for."""
        provinces = os.environ.get("FUMA_PROVINCES", ",".join(PROVINCES)).split(",")
        return cls(
            replicas=replicas,
            environment=dict(LAPTOP_SETTINGS),
            provinces=[code for code in provinces if code],
            postgres_dsn=os.environ.get("FUMA_LOCAL_POSTGRES_DSN"),
            rabbitmq_url=os.environ.get("FUMA_LOCAL_RABBITMQ_URL"),
            rabbitmq_management_url=os.environ.get("FUMA_LOCAL_RABBITMQ_MANAGEMENT_URL"),
            log_level=os.environ.get("FUMA_LOG_LEVEL", "INFO"),
            otlp_endpoint=os.environ.get("FUMA_OTLP_ENDPOINT"),
            database=os.environ.get("FUMA_LOCAL_DATABASE", DATABASE),
        )

    @classmethod
    def read(cls, path: Path) -> Self:
        """The plan that was written before."""
        return cls(**json.loads(path.read_text()))

    def write(self, path: Path) -> None:
        """Keeps the plan for the supervisor; it may hold a given server's password."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(json.dumps(asdict(self), indent=2))
