"""What the gateway is told by its environment, beside what every process is told."""

from shared.settings import Settings

MEGABYTE = 1024 * 1024


class GatewaySettings(Settings):
    """Addresses of the services, lives of sessions, limits of bodies, patience with wrong passwords."""

    registry_url: str
    documents_url: str
    review_url: str
    coding_url: str
    agreements_url: str

    session_hours: float = 12
    session_idle_minutes: float = 60
    session_cache_seconds: float = 3
    secure_cookie: bool = True

    body_limit_mb: int = 1
    upload_limit_mb: int = 64

    sign_in_free_by_username: int = 5
    sign_in_free_by_address: int = 30
    sign_in_longest_wait_seconds: float = 900
    sign_in_forgets_after_seconds: float = 3600

    connect_seconds: float = 2
    answer_seconds: float = 60
    # How many reverse proxies of the operator stand before the gateway: each adds one address to
    # X-Forwarded-For, and what stands to the left of theirs is the client's own claim.
    trusted_proxies: int = 0

    describe_seconds: float = 30
    feed_days: int = 400
    # Where provincial systems reach the broker, `host:port`; the gateway's own way to it where not set.
    provincial_broker: str = ""

    def url_of(self, service: str) -> str:
        """The address of a service, without a slash at the end."""
        return str(getattr(self, f"{service}_url")).rstrip("/")
