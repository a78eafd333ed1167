"""Which settings each process is given: one table for this machine, containers and tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SERVICES = ("registry", "documents", "review", "coding", "agreements")
GATEWAY = "gateway"
PROCESSES = (*SERVICES, GATEWAY)
DATABASE = "fuma"
# There a worker that could not be confined wholly reads no file; a laptop's kernel may lack what it takes.
PRODUCTION = "production"
PROVINCES = ("43", "32")
NATION, NATION_UNIT = "100000", "国家医疗保障局"
# The nation's first accounts, by the word in their user name, with the role that each has.
FIRST_ACCOUNTS = {"reviewer": "reviewer", "maintainer": "agency"}
HTTP_PORT_IN_CONTAINERS = 8000
OPERATIONS_PORT_IN_CONTAINERS = 8001

# Files of the secrets folder that a process may read; it is shown no other.
SECRETS_OF: Mapping[str, tuple[str, ...]] = {
    "registry": ("token.public.pem", "answers.key", "receipt.public.pem", "identifiers.json"),
    "documents": ("token.public.pem", "answers.key", "receipt.private.pem", "receipt.public.pem", "letters.key"),
    "review": ("token.public.pem", "answers.key", "receipt.public.pem"),
    "coding": ("token.public.pem", "answers.key", "certificate.private.pem", "certificate.public.pem"),
    "agreements": ("token.public.pem", "answers.key", "receipt.public.pem"),
    "gateway": ("token.public.pem", "answers.key", "token.private.pem"),
}
# Settings that carry a password: in containers they come from a secret file, not the compose file.
SECRET_SETTINGS = frozenset({"FUMA_POSTGRES_DSN", "FUMA_POSTGRES_OWNER_DSN", "FUMA_RABBITMQ_URL"})


def bootstrap_arguments() -> list[str]:
    """What registry needs to make the nation's unit and its first accounts."""
    accounts = [part for name in FIRST_ACCOUNTS for part in (f"--{name}", f"nation.{name}")]
    return ["bootstrap", "--unit-name", NATION_UNIT, *accounts]


@dataclass(frozen=True, slots=True)
class Deployment:
    """Where everything is that a process must know of, on one machine or in containers."""

    environment: str
    http_host: str
    http_ports: Mapping[str, int]
    operations_ports: Mapping[str, int]
    postgres_dsns: Mapping[str, str]
    rabbitmq_urls: Mapping[str, str]
    secrets: Mapping[str, str]
    addresses: Mapping[str, str]
    files_url: str
    provinces: Sequence[str]
    log_level: str
    provincial_broker: str
    # Where everybody reaches the gateway: certificates carry this address in print.
    public_url: str
    otlp_endpoint: str | None = None


def module_of(process: str) -> str:
    """The Python module that runs a process."""
    return process if process == GATEWAY else f"services.{process}"


def settings_of(process: str, where: Deployment) -> dict[str, str]:
    """The environment of one process."""
    common = {
        "FUMA_ENVIRONMENT": where.environment,
        "FUMA_HTTP_HOST": where.http_host,
        "FUMA_HTTP_PORT": str(where.http_ports[process]),
        "FUMA_LOG_LEVEL": where.log_level,
        "FUMA_OPERATIONS_PORT": str(where.operations_ports[process]),
        "FUMA_POSTGRES_DSN": where.postgres_dsns[process],
        "FUMA_PROVINCES": ",".join(where.provinces),
        "FUMA_RABBITMQ_URL": where.rabbitmq_urls[process],
        "FUMA_SECRETS": where.secrets[process],
    }
    if where.otlp_endpoint:
        common["FUMA_OTLP_ENDPOINT"] = where.otlp_endpoint
    confined = {"FUMA_WORKER_POOL_CONFINED": "true" if where.environment == PRODUCTION else "false"}
    if process == "documents":
        return common | confined | {"FUMA_FILES_URL": where.files_url}
    if process == "registry":
        return common | confined
    if process == "coding":
        return common | {"FUMA_PUBLIC_URL": where.public_url}
    if process == GATEWAY:
        urls = {f"FUMA_{service.upper()}_URL": where.addresses[service] for service in SERVICES}
        return common | urls | {"FUMA_PROVINCIAL_BROKER": where.provincial_broker}
    return common
