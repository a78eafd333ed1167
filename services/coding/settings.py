"""The settings of the coding service."""

from shared.settings import Settings


class CodingSettings(Settings):
    """Settings of every service, and `public_url`: the gateway's address, which certificates carry in print."""

    public_url: str
