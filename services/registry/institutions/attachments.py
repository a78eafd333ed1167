"""The receipts that a caller hands in for attachments, verified one by one."""

from collections.abc import Mapping

from services.registry.institutions.form import ATTACHMENT_OF
from shared.problems import FieldProblem, FieldsRefused
from shared.security.caller import Caller
from shared.security.receipts import Receipt, ReceiptRefused, receipt_of
from shared.security.tokens import Verifier


def receipts_of(verifier: Verifier, given: Mapping[str, str | None], caller: Caller) -> dict[str, Receipt | None]:
    """The receipts by field; raises FieldsRefused with each that is not the caller's, or of no such field."""
    receipts: dict[str, Receipt | None] = {}
    problems = []
    for name, text in given.items():
        try:
            ReceiptRefused.unless(name in ATTACHMENT_OF)
            receipts[name] = None if text is None else receipt_of(verifier, text, caller)
        except ReceiptRefused as refused:
            zh, en = refused.message("zh"), refused.message("en")
            problems.append(FieldProblem(field=name, code=refused.code, zh=zh, en=en))
    if problems:
        raise FieldsRefused(fields=tuple(problems))
    return receipts
