"""The composition root of the coding service."""

from pathlib import Path

from services.coding import consumers, routes
from services.coding.certificates import CertificateSigner, CertificateVerifier
from services.coding.jobs import jobs
from services.coding.settings import CodingSettings
from shared.service import Endpoints, Foundation, Service


async def compose(foundation: Foundation[CodingSettings]) -> Endpoints:
    """Builds the service, which signs certificates and checks them."""
    secrets, public_url = foundation.settings.secrets, foundation.settings.public_url
    return Endpoints(
        routes=[routes.codes, routes.certificates, routes.policies, routes.jobs],
        provides=[
            CertificateSigner(secrets / "certificate.private.pem", public_url),
            CertificateVerifier(secrets / "certificate.public.pem"),
        ],
        subscriptions=consumers.subscriptions,
        jobs=jobs,
    )


SERVICE = Service("coding", CodingSettings, Path(__file__).parent / "migrations", compose)
