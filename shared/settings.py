"""The settings of every process, from its environment; the names are the same in a container and on a laptop."""

from pathlib import Path

from pydantic import PostgresDsn
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Base of every process's settings: `FUMA_` and the field's name in capitals."""

    model_config = SettingsConfigDict(env_prefix="FUMA_", frozen=True, extra="ignore")

    environment: str = "local"
    postgres_dsn: PostgresDsn
    postgres_owner_dsn: PostgresDsn | None = None
    # Connections for requests, and how long one waits for a free one; and those for consumers, jobs and the like.
    postgres_connections: int = 10
    postgres_wait_seconds: float = 3
    postgres_background_connections: int = 10
    rabbitmq_url: str
    http_host: str = "127.0.0.1"
    http_port: int
    # The port of metrics and health details for operators; not served if unset.
    operations_port: int | None = None
    secrets: Path
    provinces: str = ""
    log_level: str = "INFO"
    otlp_endpoint: str | None = None
    retry_delays_seconds: str = "1,5,30,120,600"
    inbox_days: int = 14
    idempotency_days: int = 7
    job_days: int = 90

    @property
    def provincial_codes(self) -> tuple[str, ...]:
        """The provinces (two digits) whose systems have a queue here."""
        return tuple(code for code in self.provinces.split(",") if code)

    @property
    def retry_delays(self) -> tuple[float, ...]:
        """The delays before each further attempt of a failed message, in seconds, growing."""
        return tuple(float(delay) for delay in self.retry_delays_seconds.split(","))
