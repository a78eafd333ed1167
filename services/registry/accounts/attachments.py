"""The papers of an account: receipts of files that the applicant uploaded."""

from services.registry.accounts.form import FORM
from services.registry.accounts.forms import AttachmentReceipts
from services.registry.records.attachments import receipts_of
from shared.contracts.registry.events import Attachment
from shared.forms.filling import refuse
from shared.security.caller import Caller
from shared.security.tokens import Verifier


def attachments_of(verifier: Verifier, receipts_by_field: AttachmentReceipts, caller: Caller) -> list[Attachment]:
    """The attachments that the receipts stand for; raises FieldsRefused with each one that is not the caller's."""
    receipts, problems = receipts_of(verifier, FORM.attachment_of, receipts_by_field.model_dump(), caller)
    refuse(problems)
    return [
        Attachment(field=field, document_id=receipt.document_id, name=receipt.name, pages=receipt.pages)
        for field, receipt in receipts.items()
        if receipt is not None
    ]
