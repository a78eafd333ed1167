"""The composition root of the review service."""

from pathlib import Path

from services.review import consumers, jobs, routes
from shared.service import Endpoints, Foundation, Service
from shared.settings import Settings


async def compose(_: Foundation[Settings]) -> Endpoints:
    """Builds the service, which needs only its schema and the events that it receives."""
    return Endpoints(
        routes=[routes.cases, routes.subjects, routes.job_progress],
        subscriptions=consumers.subscriptions,
        jobs=jobs.jobs,
    )


SERVICE = Service("review", Settings, Path(__file__).parent / "migrations", compose)
