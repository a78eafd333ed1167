"""Receipts: signed statements of the documents service that it stores a file, for an owner.

A client gets a receipt with every upload and passes it to the service whose record the file belongs to. That
service checks the signature and the owner; it makes no request and stores no list of files.
"""

from pathlib import Path
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from shared.security.caller import Caller
from shared.security.problems import ReceiptRefused
from shared.security.tokens import Signer, StatementRefused, Verifier

# Every service whose records have attachments accepts receipts.
AUDIENCE = "urn:fuma:records"


class Receipt(BaseModel):
    """The facts about a stored file: always a PDF, with its pages and its SHA-256 (hex)."""

    model_config = ConfigDict(frozen=True)

    document_id: UUID
    owner: UUID
    name: str
    pages: int
    sha256: str


def signed_receipt(signer: Signer, receipt: Receipt) -> str:
    """Signs a receipt for a client."""
    return signer.sign(receipt.model_dump(mode="json"), audience=AUDIENCE, seconds=None)


def receipt_verifier(public_keys: Path) -> Verifier:
    """Builds the verifier of receipts of the documents service."""
    return Verifier(public_keys, "receipt", AUDIENCE)


def receipt_of(verifier: Verifier, text: str, caller: Caller) -> Receipt:
    """Verifies a caller's receipt; raises ReceiptRefused unless it was signed for this caller."""
    try:
        receipt = Receipt.model_validate(verifier.verify(text))
    except (StatementRefused, ValidationError) as error:
        raise ReceiptRefused from error
    ReceiptRefused.unless(receipt.owner == caller.account_id)
    return receipt
