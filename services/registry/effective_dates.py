"""From when on a decision applies: at once or later, never in the past."""

from datetime import datetime

from shared.problems import FieldProblem, FieldsRefused


def effective_at(wanted: datetime | None, now: datetime) -> datetime:
    """Returns the time from which a decision applies; raises FieldsRefused for one in the past."""
    if wanted is not None and wanted < now:
        zh, en = "生效时间不能早于当前时间。", "A decision cannot take effect in the past."
        problem = FieldProblem(field="effective_from", code="effective-in-the-past", zh=zh, en=en)
        raise FieldsRefused(fields=(problem,))
    return wanted or now
