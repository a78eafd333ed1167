"""The papers of an account: receipts of files that the applicant uploaded."""

from services.registry.accounts.forms import Papers
from shared.contracts.registry.events import Attachment
from shared.problems import FieldProblem, FieldsRefused
from shared.security.caller import Caller
from shared.security.receipts import ReceiptRefused, receipt_of
from shared.security.tokens import Verifier


def papers_of(verifier: Verifier, papers: Papers, caller: Caller) -> list[Attachment]:
    """The attachments that the receipts stand for; raises FieldsRefused with each one that is not the caller's."""
    attachments, problems = [], []
    for field, text in papers.model_dump().items():
        try:
            receipt = receipt_of(verifier, text, caller)
        except ReceiptRefused as refused:
            zh, en = refused.message("zh"), refused.message("en")
            problems.append(FieldProblem(field=field, code=refused.code, zh=zh, en=en))
        else:
            attachments.append(
                Attachment(field=field, document_id=receipt.document_id, name=receipt.name, pages=receipt.pages)
            )
    if problems:
        raise FieldsRefused(fields=tuple(problems))
    return attachments
