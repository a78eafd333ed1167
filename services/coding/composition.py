"""The composition root of the coding service."""

from pathlib import Path

from services.coding import consumers, routes
from services.coding.jobs import jobs
from shared.service import Endpoints, Foundation, Service
from shared.settings import Settings


async def compose(_: Foundation[Settings]) -> Endpoints:
    """Builds the service, which needs only its schema and the events that it receives."""
    return Endpoints(
        routes=[routes.codes, routes.policies, routes.jobs], subscriptions=consumers.subscriptions, jobs=jobs
    )


SERVICE = Service("coding", Settings, Path(__file__).parent / "migrations", compose)
