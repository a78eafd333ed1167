"""Builds the agreements service: the one place where its parts meet."""

from datetime import timedelta
from pathlib import Path

from services.agreements import consumers, library, routes
from services.agreements.settings import AgreementSettings
from shared.security.receipts import receipt_verifier
from shared.service import Endpoints, Foundation, Service


async def compose(foundation: Foundation[AgreementSettings]) -> Endpoints:
    """The endpoints, the event consumers, and the scheduled entry into the library: every replica has them all."""
    settings = foundation.settings
    every = timedelta(seconds=settings.library_run_seconds)
    return Endpoints(
        routes=[routes.routes, routes.runs],
        provides=[receipt_verifier(settings.secrets / "receipt.public.pem")],
        subscriptions=consumers.subscriptions,
        jobs=library.library_jobs(every, settings.library_slice),
    )


SERVICE = Service("agreements", AgreementSettings, Path(__file__).parent / "migrations", compose)
