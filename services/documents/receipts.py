"""The receipt of a document, which its owner hands on to the record that it belongs to."""

from services.documents.rules import Document
from shared.security.receipts import Receipt, signed_receipt
from shared.security.tokens import Signer


def receipt_for(signer: Signer, document: Document) -> str:
    """The signed receipt of a document."""
    stored = document.stored
    receipt = Receipt(
        document_id=document.document_id,
        owner=document.owner,
        name=document.name,
        pages=stored.pages,
        sha256=stored.sha256,
    )
    return signed_receipt(signer, receipt)
