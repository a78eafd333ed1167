"""Builds the agreements service: the one place where its parts meet."""

from pathlib import Path

from services.agreements import consumers, library, routes
from services.agreements.settings import AgreementSettings
from shared.security.receipts import receipt_verifier
from shared.service import Endpoints, Foundation, Service


async def compose(foundation: Foundation[AgreementSettings]) -> Endpoints:
    """The doors, and the scheduled runs beside them: every replica has both."""
    settings = foundation.settings
    runs = library.Schedule(foundation.background, settings.library_run_seconds, settings.library_slice)
    return Endpoints(
        routes=[routes.routes, routes.runs],
        provides=[receipt_verifier(settings.secrets / "receipt.public.pem")],
        subscriptions=consumers.subscriptions,
        background=[runs.keep],
    )


SERVICE = Service("agreements", AgreementSettings, Path(__file__).parent / "migrations", compose)
