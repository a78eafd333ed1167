"""The receipts that a caller hands in for attachments, verified one by one."""

from collections.abc import Collection, Mapping

from services.registry.demands.rules import is_demanded_field
from shared.problems import FieldProblem
from shared.security.caller import Caller
from shared.security.problems import ReceiptRefused
from shared.security.receipts import Receipt, receipt_of
from shared.security.tokens import Verifier

Receipts = Mapping[str, Receipt | None]


def receipts_of(
    verifier: Verifier, fields: Collection[str], given: Mapping[str, str | None], caller: Caller
) -> tuple[dict[str, Receipt | None], list[FieldProblem]]:
    """The receipts by field, and the problem of each that is not the caller's, or of no such field."""
    receipts: dict[str, Receipt | None] = {}
    problems = []
    for name, text in given.items():
        try:
            ReceiptRefused.unless(name in fields or is_demanded_field(name))
            receipts[name] = None if text is None else receipt_of(verifier, text, caller)
        except ReceiptRefused as refused:
            zh, en = refused.message("zh"), refused.message("en")
            problems.append(FieldProblem(field=name, code=refused.code, zh=zh, en=en))
    return receipts, problems
