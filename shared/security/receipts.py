"""Receipts: the documents service's signed word that it keeps a file, for whom, and what it is.

A client gets a receipt with every upload and hands it to the service whose record the file belongs to. That
service checks the signature and the owner; it asks nobody and keeps no copy of everybody's files.
"""

from pathlib import Path
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from shared.problems import Kind, RuleBroken
from shared.security.caller import Caller
from shared.security.tokens import Signer, StatementRefused, Verifier

# A receipt is good at every service whose records have attachments.
AUDIENCE = "urn:fuma:records"


class ReceiptRefused(RuleBroken):
    """An attachment was named by something that is not this caller's receipt."""

    code = "receipt-refused"
    kind = Kind.INVALID
    zh = "附件凭据无效，或不属于您的账号。"
    en = "The receipt of an attachment is not valid, or is not your account's."
    next_zh = "请重新上传该附件。"
    next_en = "Upload the attachment again."


class Receipt(BaseModel):
    """What is known of a stored file: always a PDF by now, its pages and its SHA-256 (hex)."""

    model_config = ConfigDict(frozen=True)

    document_id: UUID
    owner: UUID
    name: str
    pages: int
    sha256: str


def signed_receipt(signer: Signer, receipt: Receipt) -> str:
    """The receipt as a client carries it."""
    return signer.sign(receipt.model_dump(mode="json"), audience=AUDIENCE, seconds=None)


def receipt_verifier(public_keys: Path) -> Verifier:
    """Verifies receipts of the documents service."""
    return Verifier(public_keys, "receipt", AUDIENCE)


def receipt_of(verifier: Verifier, text: str, caller: Caller) -> Receipt:
    """The receipt that a caller hands in; raises ReceiptRefused unless it is ours and theirs."""
    try:
        receipt = Receipt.model_validate(verifier.verify(text))
    except (StatementRefused, ValidationError) as error:
        raise ReceiptRefused from error
    ReceiptRefused.unless(receipt.owner == caller.account_id)
    return receipt
