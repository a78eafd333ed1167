"""Puts a platform together from its plan: which processes, with which settings, in which order."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from deploy.keys import Passwords, bootstrap_passwords, first_password, make_keys, secrets_folder
from deploy.laptop.stack.description import Description, add_accounts, read_description
from deploy.laptop.stack.plan import ROOT, Layout, Plan
from deploy.laptop.stack.ports import LOOPBACK, PortBook
from deploy.laptop.stack.servers import Servers
from deploy.laptop.stack.service import ServiceProcess, python_module, run_step
from deploy.settings_table import (
    FIRST_ACCOUNTS,
    GATEWAY,
    NATION,
    NATION_UNIT,
    PROCESSES,
    SERVICES,
    Deployment,
    bootstrap_arguments,
    module_of,
    settings_of,
)

# Kept when it is free, so that bookmarks last.
USUAL_GATEWAY_PORT = 8088
LOG_TAIL = 2000


class Assembly:
    """The parts of one platform and the steps that come before they run."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.plan = Plan.read(layout.plan)
        make_keys(layout.secrets)
        self._ports = PortBook(layout.ports)
        self.servers = Servers(layout, self.plan, self._ports)
        self._http_ports = {name: self._http_port(name) for name in PROCESSES}
        self._deployed = self._deployment()
        self.processes = [name for name in PROCESSES if not self.plan.commands or name in self.plan.commands]

    @property
    def gateway_url(self) -> str:
        """The platform's one address."""
        return f"http://{LOOPBACK}:{self._http_ports[GATEWAY]}"

    def provision_postgres(self) -> None:
        """Makes database, roles and schemas."""
        self.servers.provision_postgres()

    def provision_rabbitmq(self) -> None:
        """Makes virtual host and users."""
        self.servers.provision_rabbitmq()

    def migrate(self, process: str) -> None:
        """Brings a process's tables up to date."""
        owner = {"FUMA_POSTGRES_OWNER_DSN": self.servers.owner_dsns[process]}
        settings = settings_of(process, self._deployed) | owner | self.plan.environment
        run_step([*self._command(process), "migrate"], settings, self.layout.log(f"{process}-migrate"))

    def bootstrap(self) -> None:
        """Makes the nation's unit and its two accounts, once."""
        known = read_description(self.layout.description).get("accounts", [])
        if known or "registry" not in self.processes:
            return
        passwords = bootstrap_passwords(Passwords(self.layout.secrets))
        settings = settings_of("registry", self._deployed) | passwords | self.plan.environment
        command = [*self._command("registry"), *bootstrap_arguments()]
        run_step(command, settings, self.layout.log("registry-bootstrap"))
        add_accounts(self.layout.description, self._first_accounts())

    def service_parts(self) -> Iterator[ServiceProcess]:
        """The processes, each in as many replicas as the plan says; the gateway comes last."""
        for process in self.processes:
            for number in range(1, self.plan.replicas.get(process, 1) + 1):
                yield self._service(process, number)

    def describe(self, description: Description) -> None:
        """Writes what others need into the description."""
        addresses = {"gateway": self.gateway_url, "openapi": f"{self.gateway_url}/api/v1/openapi.json"}
        description.update(addresses)
        description.update(self.servers.describe())
        description.setdefault("accounts", [])

    def log_tail(self, part: str) -> str:
        """The end of a part's log."""
        servers = {server.name: server for server in self.servers.own}
        log: Path = self.layout.log(part)
        if part in servers:
            log = self.layout.folder / part / f"{part}.log"
        return log.read_text(errors="replace")[-LOG_TAIL:] if log.exists() else ""

    def _service(self, process: str, number: int) -> ServiceProcess:
        name = process if number == 1 else f"{process}.{number}"
        settings = settings_of(process, self._deployed) | self.plan.environment
        if number > 1:
            settings["FUMA_HTTP_PORT"] = str(self._ports.port(name))
            settings["FUMA_OPERATIONS_PORT"] = str(self._ports.port(f"{name}-operations"))
        return ServiceProcess(name, [*self._command(process), "run"], settings, self.layout.log(name))

    def _command(self, process: str) -> list[str]:
        return self.plan.commands.get(process) or python_module(module_of(process))

    def _http_port(self, process: str) -> int:
        # Only the platform that people use has the usual port: others, started beside each other by tests and
        # measurements, would both find it free and both take it.
        usual = process == GATEWAY and self.layout.folder == ROOT / ".local"
        return self._ports.port(process, USUAL_GATEWAY_PORT if usual else None)

    def _deployment(self) -> Deployment:
        return Deployment(
            environment="local",
            http_host=LOOPBACK,
            http_ports=self._http_ports,
            operations_ports={name: self._ports.port(f"{name}-operations") for name in PROCESSES},
            postgres_dsns=self.servers.dsns,
            rabbitmq_urls=self.servers.message_urls,
            secrets={name: str(secrets_folder(self.layout.secrets, name)) for name in PROCESSES},
            addresses={name: f"http://{LOOPBACK}:{self._http_ports[name]}" for name in SERVICES},
            files_url=self.layout.files.resolve().as_uri(),
            provinces=self.plan.provinces,
            log_level=self.plan.log_level,
            provincial_broker=urlsplit(self.servers.rabbitmq_url).netloc.rpartition("@")[2],
            public_url=self.gateway_url,
            otlp_endpoint=self.plan.otlp_endpoint,
        )

    def _first_accounts(self) -> list[dict[str, str]]:
        passwords = Passwords(self.layout.secrets)
        return [
            {
                "username": f"nation.{name}",
                "password": first_password(passwords, name),
                "role": role,
                "region": NATION,
                "unit": NATION_UNIT,
            }
            for name, role in FIRST_ACCOUNTS.items()
        ]
