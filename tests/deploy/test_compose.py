"""The compose file: valid, without secrets, and with the settings of the local platform."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from compose_spec import PyCompose

from deploy.images.container_secrets import make_container_secrets
from deploy.images.entrypoint import settings_from_files
from deploy.laptop.stack.plan import ROOT
from deploy.settings_table import (
    DATABASE,
    HTTP_PORT_IN_CONTAINERS,
    OPERATIONS_PORT_IN_CONTAINERS,
    PROCESSES,
    PRODUCTION,
    PROVINCES,
    SECRET_SETTINGS,
    SECRETS_OF,
    SERVICES,
    Deployment,
    bootstrap_arguments,
    module_of,
    settings_of,
)
from services.documents.settings import DocumentsSettings

TEXT = (ROOT / "docker-compose.yml").read_text()
Compose = dict[str, Any]


@pytest.fixture(scope="module")
def compose() -> Compose:
    """The file with defaults filled in and anchors followed, as compose reads it."""
    read: Compose = yaml.safe_load(re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", TEXT))
    return read


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the compose secrets."""
    folder = tmp_path_factory.mktemp("compose") / "secrets"
    make_container_secrets(folder)
    return folder


def deployment() -> Deployment:
    """The addresses inside containers, without passwords."""
    nowhere = dict.fromkeys(PROCESSES, "")
    return Deployment(
        environment=PRODUCTION,
        http_host="0.0.0.0",
        http_ports=dict.fromkeys(PROCESSES, HTTP_PORT_IN_CONTAINERS),
        operations_ports=dict.fromkeys(PROCESSES, OPERATIONS_PORT_IN_CONTAINERS),
        postgres_dsns=nowhere,
        rabbitmq_urls=nowhere,
        secrets=dict.fromkeys(PROCESSES, "/run/secrets"),
        addresses={name: f"http://{name}:{HTTP_PORT_IN_CONTAINERS}" for name in SERVICES},
        files_url="file:///var/lib/fuma/files",
        provinces=PROVINCES,
        log_level="INFO",
        provincial_broker="127.0.0.1:5672",
        public_url="http://127.0.0.1:8000",
    )


def test_the_file_keeps_to_the_compose_specification(compose: Compose) -> None:
    names = PyCompose.from_json(json.dumps(compose)).service_names()
    assert set(names) >= {"postgres", "rabbitmq", *PROCESSES}


@pytest.mark.parametrize("process", PROCESSES)
def test_a_process_gets_the_settings_of_the_local_platform(compose: Compose, process: str) -> None:
    expected = settings_of(process, deployment())
    plain = {name: value for name, value in expected.items() if name not in SECRET_SETTINGS}
    variables = dict(compose["services"][process]["environment"])
    assert variables.pop("FUMA_OTLP_ENDPOINT") is None
    assert variables == plain


@pytest.mark.parametrize("process", PROCESSES)
def test_the_rest_comes_from_its_secret_files(
    compose: Compose, process: str, secrets: Path, tmp_path: Path
) -> None:
    for name in compose["services"][process]["secrets"]:
        (tmp_path / name).symlink_to(secrets / name)
    expected = set(settings_of(process, deployment())) & SECRET_SETTINGS
    assert set(settings_from_files(tmp_path)) == expected
    assert set(compose["services"][process]["secrets"]) == {f"{process}.env", *SECRETS_OF[process]}
    for name in compose["services"][f"{process}-migrate"]["secrets"]:
        (tmp_path / name).unlink(missing_ok=True)
        (tmp_path / name).symlink_to(secrets / name)
    assert set(settings_from_files(tmp_path)) == expected | {"FUMA_POSTGRES_OWNER_DSN"}


@pytest.mark.parametrize("process", PROCESSES)
def test_entry_points_are_those_of_the_local_platform(compose: Compose, process: str) -> None:
    module = ["python", "-m", module_of(process)]
    assert compose["services"][process]["command"] == module
    assert compose["services"][f"{process}-migrate"]["command"] == [*module, "migrate"]


def test_the_first_accounts_are_made_as_on_the_local_platform(compose: Compose) -> None:
    command = compose["services"]["registry-bootstrap"]["command"]
    assert command == ["python", "-m", "services.registry", *bootstrap_arguments()]


def test_every_secret_is_a_file_that_the_command_makes(compose: Compose, secrets: Path) -> None:
    named = {Path(secret["file"]).name for secret in compose["secrets"].values()}
    assert named == {path.name for path in secrets.iterdir()}
    assert secrets.stat().st_mode & 0o077 == 0


def test_no_secret_is_in_the_file(secrets: Path) -> None:
    passwords = json.loads((secrets / "passwords.json").read_text()).values()
    assert not any(password in TEXT for password in passwords)
    assert not re.search(r"(?i)(password|secret|key)\s*[:=]\s*[\"']?[A-Za-z0-9+/_-]{8,}", TEXT)
    assert "://" not in re.sub(r"(http|file)://(/|[a-z0-9.]+:8000)", "", TEXT)


def test_only_gateway_and_broker_have_a_port_and_only_on_the_loopback(compose: Compose) -> None:
    ports = {name: service["ports"] for name, service in compose["services"].items() if "ports" in service}
    assert set(ports) == {"gateway", "rabbitmq"}
    assert all(port["host_ip"] == "127.0.0.1" for one in ports.values() for port in one)
    assert {port["target"] for port in ports["rabbitmq"]} == {5672}


@pytest.mark.parametrize("process", PROCESSES)
def test_a_process_can_be_scaled_and_can_do_no_harm(compose: Compose, process: str) -> None:
    service = compose["services"][process]
    assert "container_name" not in service
    assert "hostname" not in service
    assert service["read_only"] is True
    assert service["user"] not in {"0", "root", "0:0"}
    assert "no-new-privileges:true" in service["security_opt"]
    assert "healthcheck" in service
    # A range: a second gateway must find a port of its own.
    assert all("-" in port["published"] for port in service.get("ports", []))


def test_hostile_files_are_read_by_confined_workers_or_not_at_all(compose: Compose) -> None:
    variables = compose["services"]["documents"]["environment"]
    settings = {
        name.removeprefix("FUMA_").lower(): value for name, value in variables.items() if value is not None
    }
    more = {"postgres_dsn": "postgresql://nowhere/x", "rabbitmq_url": "amqp://nowhere/"}
    assert DocumentsSettings(**{**settings, **more}).worker_pool.confined


def test_images_are_pinned(compose: Compose) -> None:
    images = {name: compose["services"][name]["image"] for name in ("postgres", "rabbitmq")}
    assert images["postgres"].startswith("postgres:18")
    assert images["rabbitmq"].startswith("rabbitmq:4")
    assert DATABASE == "fuma"


def test_the_image_has_everything_that_a_process_needs() -> None:
    dockerfile = (ROOT / "deploy" / "images" / "Dockerfile").read_text()
    for folder in ("shared", "services", "gateway", "deploy"):
        assert f"COPY {folder} {folder}" in dockerfile
    assert "--require-hashes -r requirements.txt" in dockerfile
    assert "python -m shared.pdf.font_files" in dockerfile
    assert "apt-get" not in dockerfile
    assert re.search(r"^USER fuma$", dockerfile, re.MULTILINE)


def test_what_helps_on_a_laptop_is_not_in_the_image() -> None:
    ignored = (ROOT / "deploy" / "images" / "Dockerfile.dockerignore").read_text().split()
    assert "deploy/laptop" in ignored[ignored.index("!deploy") :]
