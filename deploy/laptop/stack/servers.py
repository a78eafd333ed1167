"""The two servers that a platform stands on: private ones, or those that were given."""

import asyncio
from collections.abc import Mapping
from typing import Protocol
from urllib.parse import unquote, urlsplit

from deploy.keys import Passwords
from deploy.laptop.stack.plan import Layout, Plan
from deploy.laptop.stack.ports import PortBook
from deploy.laptop.stack.postgres import PostgresServer
from deploy.laptop.stack.processes import ProcessIdentity
from deploy.laptop.stack.rabbitmq import RabbitNode
from deploy.laptop.stack.rabbitmq_settings import VHOST
from deploy.provision import (
    in_database,
    message_user_of,
    message_users,
    owner_of,
    provincial_queue_of,
    provincial_user_of,
    provision_postgres,
    provision_rabbitmq,
    role_of,
    roles,
    with_login,
)
from deploy.settings_table import PROCESSES

USUAL_MANAGEMENT_PORT = 15672


class Part(Protocol):
    """A process that the supervisor keeps running."""

    @property
    def name(self) -> str:
        """What the platform calls it."""

    port: int

    def launch(self) -> ProcessIdentity:
        """Starts it without waiting."""

    def ready(self) -> bool:
        """Whether it does its work."""

    def ended(self) -> bool:
        """Whether it was started and is gone."""

    def stop(self) -> None:
        """Ends it in order."""


class Servers:
    """Postgres and RabbitMQ of one platform, with the logins of every process."""

    def __init__(self, layout: Layout, plan: Plan, ports: PortBook) -> None:
        self._plan = plan
        self._passwords = Passwords(layout.secrets)
        self.postgres = None if plan.postgres_dsn else _postgres(layout, plan, ports)
        self.rabbitmq = None if plan.rabbitmq_url else _rabbitmq(layout, ports)

    @property
    def own(self) -> list[Part]:
        """The servers that this platform runs itself."""
        return [part for part in (self.postgres, self.rabbitmq) if part is not None]

    @property
    def superuser_dsn(self) -> str:
        """The superuser's DSN of the Postgres server."""
        return self.postgres.dsn if self.postgres else str(self._plan.postgres_dsn)

    @property
    def rabbitmq_url(self) -> str:
        """The administrator's AMQP URL."""
        return self.rabbitmq.url if self.rabbitmq else str(self._plan.rabbitmq_url)

    @property
    def management_url(self) -> str:
        """The administrator's address of RabbitMQ's management interface."""
        if self.rabbitmq:
            return self.rabbitmq.management_url
        return self._plan.rabbitmq_management_url or usual_management_url(self.rabbitmq_url)

    @property
    def vhost(self) -> str:
        """The virtual host of this platform."""
        return vhost_of(self.rabbitmq_url)

    @property
    def dsns(self) -> dict[str, str]:
        """Each process's DSN."""
        return {process: self._dsn(role_of(process, self._plan.prefix)) for process in PROCESSES}

    @property
    def owner_dsns(self) -> dict[str, str]:
        """Each process's DSN for migrations."""
        return {process: self._dsn(owner_of(process, self._plan.prefix)) for process in PROCESSES}

    @property
    def message_urls(self) -> dict[str, str]:
        """Each process's AMQP URL."""
        return {process: self._amqp(message_user_of(process, self._plan.prefix)) for process in PROCESSES}

    def provincial(self) -> dict[str, dict[str, str]]:
        """What each provincial system is given: its AMQP URL and its queue."""
        return {
            code: {
                "url": self._amqp(provincial_user_of(code, self._plan.prefix)),
                "queue": provincial_queue_of(code),
            }
            for code in self._plan.provinces
        }

    def provision_postgres(self) -> None:
        """Makes database, roles and schemas."""
        plan, passwords = self._plan, self._passwords.for_all(roles(self._plan.prefix))
        asyncio.run(provision_postgres(self.superuser_dsn, passwords, database=plan.database, prefix=plan.prefix))

    def provision_rabbitmq(self) -> None:
        """Makes virtual host and users."""
        plan = self._plan
        users = self._passwords.for_all(message_users(plan.provinces, plan.prefix))
        provision_rabbitmq(self.management_url, users, plan.provinces, vhost=self.vhost, prefix=plan.prefix)

    def describe(self) -> Mapping[str, object]:
        """What the description says of both servers."""
        return {
            "postgres": self.dsns | {"superuser": in_database(self.superuser_dsn, self._plan.database)},
            "rabbitmq": {"url": self.rabbitmq_url, "management": self.management_url},
            "provincial": self.provincial(),
        }

    def _dsn(self, role: str) -> str:
        return with_login(self.superuser_dsn, role, self._passwords.of(role), self._plan.database)

    def _amqp(self, user: str) -> str:
        return with_login(self.rabbitmq_url, user, self._passwords.of(user), self.vhost)


def _postgres(layout: Layout, plan: Plan, ports: PortBook) -> PostgresServer:
    port = ports.port("postgres")
    return PostgresServer(layout.folder / "postgres", port=port, durable=plan.durable)


def _rabbitmq(layout: Layout, ports: PortBook) -> RabbitNode:
    return RabbitNode(
        layout.folder / "rabbitmq",
        port=ports.port("rabbitmq"),
        management_port=ports.port("rabbitmq-management"),
        distribution_port=ports.port("rabbitmq-distribution"),
        epmd_port=ports.port("epmd"),
    )


def vhost_of(rabbitmq_url: str) -> str:
    """The virtual host that an AMQP URL names, else the platform's usual one."""
    return unquote(urlsplit(rabbitmq_url).path[1:]) or VHOST


def usual_management_url(rabbitmq_url: str) -> str:
    """Where a given RabbitMQ's management interface is, unless a setting names another place."""
    parts = urlsplit(rabbitmq_url)
    return f"http://{parts.username}:{parts.password}@{parts.hostname}:{USUAL_MANAGEMENT_PORT}"
