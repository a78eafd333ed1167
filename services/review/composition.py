"""Builds the review service: the one place where its parts meet."""

from pathlib import Path

from services.review import consumers, jobs, routes
from shared.service import Endpoints, Foundation, Service
from shared.settings import Settings


async def compose(_: Foundation[Settings]) -> Endpoints:
    """Review needs nothing but its schema and the events that it hears."""
    return Endpoints(
        routes=[routes.cases, routes.subjects, routes.job_progress],
        subscriptions=consumers.subscriptions,
        jobs=jobs.jobs,
    )


SERVICE = Service("review", Settings, Path(__file__).parent / "migrations", compose)
