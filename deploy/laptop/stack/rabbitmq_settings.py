"""The settings of a private RabbitMQ node: nothing of it is shared with another broker."""

import os
from collections.abc import Iterable
from pathlib import Path

from deploy.laptop.stack.ports import LOOPBACK
from shared.messaging.policies import CONSUMER_TIMEOUT_MS

VHOST = "fuma"
ADMINISTRATOR = "administrator"
# Few schedulers: the node shares the machine with all else of the platform.
ERLANG = "+S 2:2 +SDcpu 1:1 +SDio 4 +sbwt none"


def node_environment(
    folder: Path, *, name: str, port: int, distribution_port: int, epmd_port: int
) -> dict[str, str]:
    """The node's environment, freed from what another broker's user may have set."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("RABBITMQ_", "ERL_"))}
    return inherited | {
        # The cookie that admits to the node is kept in its home.
        "HOME": str(folder),
        # The script then becomes the node itself, so that its process is the one watched.
        "RUNNING_UNDER_SYSTEMD": "true",
        "ERL_EPMD_PORT": str(epmd_port),
        "ERL_EPMD_ADDRESS": LOOPBACK,
        "RABBITMQ_NODENAME": name,
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_NODE_IP_ADDRESS": LOOPBACK,
        "RABBITMQ_DIST_PORT": str(distribution_port),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "environment.conf"),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "advanced.config"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
        "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
        "RABBITMQ_MNESIA_DIR": str(folder / "mnesia" / "node"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_GENERATED_CONFIG_DIR": str(folder / "generated"),
        "RABBITMQ_FEATURE_FLAGS_FILE": str(folder / "feature_flags"),
        "RABBITMQ_PID_FILE": str(folder / "node.pid"),
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": ERLANG,
    }


def write_configuration(folder: Path, *, port: int, management_port: int, password: str) -> None:
    """Writes the node's files; the one with the password is for its owner alone."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    loopback = LOOPBACK.replace(".", ",")
    (folder / "environment.conf").write_text("")
    (folder / "advanced.config").write_text(f"[{{kernel, [{{inet_dist_use_interface, {{{loopback}}}}}]}}].\n")
    (folder / "enabled_plugins").write_text("[rabbitmq_management].\n")
    configuration = folder / "rabbitmq.conf"
    configuration.touch(mode=0o600)
    configuration.write_text("".join(f"{line}\n" for line in _lines(port, management_port, password)))


def _lines(port: int, management_port: int, password: str) -> Iterable[str]:
    return (
        f"listeners.tcp.1 = {LOOPBACK}:{port}",
        f"management.tcp.ip = {LOOPBACK}",
        f"management.tcp.port = {management_port}",
        f"default_user = {ADMINISTRATOR}",
        f"default_pass = {password}",
        f"default_vhost = {VHOST}",
        "default_user_tags.administrator = true",
        "log.console.level = warning",
        # A laptop with a nearly full disk still runs the platform.
        "disk_free_limit.absolute = 200MB",
        "collect_statistics_interval = 2000",
        f"consumer_timeout = {CONSUMER_TIMEOUT_MS}",
    )
