"""Builds the agreements service: the one place where its parts meet."""

from pathlib import Path

from services.agreements import consumers, library, routes
from services.agreements.settings import AgreementSettings
from shared.security.receipts import receipt_verifier
from shared.service import Endpoints, Foundation, Service


async def compose(foundation: Foundation[AgreementSettings]) -> Endpoints:
    """The doors, and the scheduled runs beside them: every replica has both."""
    settings = foundation.settings
    receipts = receipt_verifier(settings.secrets / "receipt.public.pem")
    runs = library.Schedule(foundation.work, settings.library_run_seconds, settings.library_slice)
    return Endpoints(
        routes=[routes.choosing, routes.agreements(receipts), routes.runs],
        subscriptions=consumers.subscriptions,
        background=[runs.keep],
    )


SERVICE = Service("agreements", AgreementSettings, Path(__file__).parent / "migrations", compose)
