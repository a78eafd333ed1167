"""Builds the coding service: the one place where its parts meet."""

from pathlib import Path

from services.coding import consumers, routes
from services.coding.jobs import jobs
from shared.service import Endpoints, Foundation, Service
from shared.settings import Settings


async def compose(_: Foundation[Settings]) -> Endpoints:
    """Coding needs nothing but its schema and the events that it receives."""
    return Endpoints(
        routes=[routes.codes, routes.policies, routes.jobs], subscriptions=consumers.subscriptions, jobs=jobs
    )


SERVICE = Service("coding", Settings, Path(__file__).parent / "migrations", compose)
