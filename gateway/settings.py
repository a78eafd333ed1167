"""The settings of the gateway, beside those of every process."""

from pydantic import Field

from shared.messaging.policies import FEED_DAYS
from shared.settings import Settings


class GatewaySettings(Settings):
    """Addresses of services, lifetimes of sessions, limits of bodies, rate limits of signing in."""

    registry_url: str
    documents_url: str
    review_url: str
    coding_url: str
    agreements_url: str

    session_hours: float = 12
    session_idle_minutes: float = 60
    session_cache_seconds: float = 1
    secure_cookie: bool = True
    # Where our own pages are served, `https://host[:port]`, separated by commas: only they may use the cookie.
    public_origins: str = ""

    body_limit_mb: int = 1
    upload_limit_mb: int = 64
    # How slowly a body may arrive, since each holds a connection to a service.
    body_grace_seconds: float = 10
    body_bytes_per_second: int = 8192
    body_seconds: float = 300

    # Other budgets than those of `throttle/rules.py`, by name: how many at once, and seconds until one comes back.
    budgets: dict[str, tuple[int, float]] = Field(default_factory=dict)
    known_sign_in_days: int = 180

    connect_seconds: float = 2
    answer_seconds: float = 60
    # How many reverse proxies of the operator stand before the gateway: each adds one address to
    # X-Forwarded-For, and what stands to the left of theirs is the client's own claim.
    trusted_proxies: int = 0

    describe_seconds: float = 30
    feed_days: int = FEED_DAYS
    # Where provincial systems reach the broker, `host:port`; the gateway's own way to it where not set.
    provincial_broker: str = ""

    def url_of(self, service: str) -> str:
        """Returns the address of a service, without a trailing slash."""
        return str(getattr(self, f"{service}_url")).rstrip("/")
