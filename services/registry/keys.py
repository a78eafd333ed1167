"""What the service's doors verify and seal with, where a handler finds it: `incoming.request.app[RECEIPTS]`."""

from collections.abc import Callable
from pathlib import Path

from aiohttp import web

from shared.postgres.transaction import UnitOfWork
from shared.security.identifiers import Cipher
from shared.security.passwords import Passwords
from shared.security.receipts import receipt_verifier
from shared.security.tokens import Verifier

RECEIPTS = web.AppKey("receipts", Verifier)
CIPHER = web.AppKey("cipher", Cipher)
PASSWORDS = web.AppKey("passwords", Passwords)
WORK = web.AppKey("work", UnitOfWork)


def install_keys(secrets: Path, work: UnitOfWork) -> Callable[[web.Application], None]:
    """Puts the keys of the secrets folder where the doors find them."""
    receipts = receipt_verifier(secrets / "receipt.public.pem")
    cipher = Cipher.from_file(secrets / "identifiers.json")
    passwords = Passwords()

    def install(app: web.Application) -> None:
        app[RECEIPTS], app[CIPHER], app[PASSWORDS], app[WORK] = receipts, cipher, passwords, work

    return install
