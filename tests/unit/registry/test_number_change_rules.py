"""Number changes by their rules alone, for both kinds of provider (INS-4)."""

from datetime import date

import pytest

from services.registry.number_changes.application import INSTITUTION_NUMBER_CHANGE, PHARMACY_NUMBER_CHANGE
from services.registry.number_changes.rules import with_numbers
from services.registry.records.rules import Copy
from shared.forms.filling import completed
from shared.forms.kinds import Reference

APPLICATIONS = {one.provider.kind: one for one in (INSTITUTION_NUMBER_CHANGE, PHARMACY_NUMBER_CHANGE)}
LICENCES = {"institution": "44530234343030211A1001", "pharmacy": "湘AA731000001"}


@pytest.mark.parametrize("kind", APPLICATIONS)
def test_the_form_takes_what_the_provider_has_and_asks_for_both_certificates(kind: str) -> None:
    subject = APPLICATIONS[kind].subject
    given = {
        "name": "湘潭市中心医院",
        "pooling_region": "430302",
        "uscc": "12430300445302343Q",
        "former_uscc": "12430300445302343Q",
        "licence_number": LICENCES[kind],
        "reason": "换发新证",
    }
    reference = Reference(subject.dictionaries, {"430302": "雨湖区"}, date(2026, 1, 1))
    assert completed(subject.form, given, {"certificate", "licence"}, reference)[1] == []
    lacking = completed(subject.form, {"name": "湘潭市中心医院"}, {}, reference)[1]
    assert {one.field for one in lacking} >= {"uscc", "licence_number", "reason", "certificate", "licence"}


def test_an_approval_changes_numbers_and_certificates_and_nothing_else() -> None:
    values = {"uscc_absent": True, "licence_number": "1", "address": "和平路1号"}
    before = Copy(values, {"explanation": 1, "licence": 1})
    approved = Copy({"uscc": "2", "licence_number": "1", "name": "另名", "reason": "取得代码"}, {"licence": 2})
    after = with_numbers(before, approved)
    assert after.values == {"uscc": "2", "licence_number": "1", "address": "和平路1号"}
    assert after.attachments == {"licence": 2}
