"""The form of pharmacies: what it accepts and refuses, missing fields and remarks."""

from datetime import date
from typing import Any

import pytest

from services.registry.dictionaries import DICTIONARIES
from services.registry.pharmacies.form import FORM
from services.registry.pharmacies.subject import PHARMACY
from shared.forms.description import description
from shared.forms.dictionaries import Dictionary, Entry
from shared.forms.filling import accepted, completed, missing, outdated, warnings
from shared.forms.kinds import Choice, Reference, Several
from shared.problems import FieldsRefused
from tests.samples import PHARMACY_DETAILS

TODAY = date(2026, 11, 25)
REFERENCE = Reference(DICTIONARIES, {"430302": "雨湖区"}, TODAY)
COMPLETE: dict[str, Any] = {
    **PHARMACY_DETAILS,
    "name": "湘潭市平安大药房基建营店",
    "uscc": "91350100M000100Y43",
    "licence_number": "湘DA731000123",
    "pooling_region": "430302",
}
PAPERS = {"certificate", "licence"}
# The columns of the national table for retail pharmacies (field list of the national platform), but for the code.
NATIONAL_COLUMNS = """
uscc rtal_phac_name rtal_phac_abbr prnt_rtal_phac_code brch_flag phac_chan_type drug_biz_lic_no drug_biz_lic_expy
drug_biz_scp equ_biz_lic_no econ_type biz_way biz_stas regcap biz_lic_expy_begntime biz_lic_expy_endtime
legrep_name legrep_cert_type legrep_certno entp_resper hi_coner_name hi_coner_tel rtal_phac_email phar_psncnt
addr_division addr admdvs bank bankacct cert_elec_doc drug_biz_lic_elec_doc
"""


def filled_in(given: dict[str, Any], kept: dict[str, Any] | None = None) -> dict[str, Any]:
    """The values after these were filled in."""
    return accepted(FORM, kept or {}, given, REFERENCE)


def refused(given: dict[str, Any], kept: dict[str, Any] | None = None) -> dict[str, str]:
    """The codes of the refused fields."""
    with pytest.raises(FieldsRefused) as refusal:
        filled_in(given, kept)
    return {one.field: one.code for one in refusal.value.fields}


def test_the_form_has_every_column_of_the_national_table() -> None:
    exchanged = {field.exchange for field in FORM.fields} | {field.exchange for field in FORM.attachments}
    assert set(NATIONAL_COLUMNS.split()) - exchanged == set()
    kinds = [field.kind.of if isinstance(field.kind, Several) else field.kind for field in FORM.fields]
    assert {kind.dictionary for kind in kinds if isinstance(kind, Choice)} <= DICTIONARIES.keys()


def test_every_field_is_in_one_section() -> None:
    shown = [name for section in FORM.sections for name in section.names]
    assert sorted(shown) == sorted([*FORM.field_of, *FORM.attachment_of])


def test_a_complete_form_lacks_nothing_and_an_empty_one_names_every_required_field() -> None:
    assert missing(FORM, filled_in(COMPLETE), PAPERS) == []
    lacking = {one.field: one.code for one in missing(FORM, {}, ())}
    assert {"name", "licence_number", "business_scope", "business_licence_until", *PAPERS} <= lacking.keys()
    assert lacking["uscc"] == "pharmacy-uscc-required"
    assert not {"licence_name", "parent_code", "uscc_certificate", "pharmacists"} & lacking.keys()


def test_without_a_credit_code_it_is_refused_with_the_reason_also_later() -> None:
    begun = {name: COMPLETE[name] for name in ("name", "licence_number", "pooling_region")}
    _, problems = completed(FORM, begun, (), REFERENCE, PHARMACY.added_with)
    assert [(one.field, one.code) for one in problems] == [("uscc", "pharmacy-uscc-required")]
    assert refused({"uscc": None}, COMPLETE) == {"uscc": "pharmacy-uscc-required"}


def test_every_wrong_value_is_named_at_once() -> None:
    wrong: dict[str, Any] = {
        "name": "平安\u202e药房",
        "uscc": "91350100M000100Y44",
        "uscc_irregular": "yes",
        "uscc_absent": True,
        "licence_number": "湘-?",
        "licence_name": "药" * 256,
        "licence_expires_on": "2026-02-30",
        "business_licence_from": "0000-01-01",
        "business_licence_until": "9999-99-99",
        "business_scope": ["02", "77"],
        "chain_type": "9",
        "business_state": ["0"],
        "registered_capital": -1,
        "legal_representative_id_type": "0",
        "legal_representative_id_number": "<script>",
        "person_in_charge": "王" * 51,
        "pharmacists": 1.5,
        "hi_contact_phone": "58214600",
        "email": "nobody",
        "address": "和平路\x00",
        "address_division": "430399",
        "pooling_region": "999999",
    }
    assert refused(wrong).keys() == wrong.keys()


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"legal_representative_id_number": "430302190001010017"}, "id-number-check-digit"),
        ({"legal_representative_id_number": "430302190013010016"}, "id-number-birth-date"),
        ({"business_licence_long_term": None, "business_licence_until": "2019-01-01"}, "ends-before-it-begins"),
        ({"business_licence_until": "2036-12-31"}, "long-term-or-last-day"),
    ],
)
def test_fields_that_contradict_each_other_are_refused(given: dict[str, Any], code: str) -> None:
    assert refused(given, COMPLETE) == {list(given)[-1]: code}


def test_another_document_than_the_identity_card_has_another_number() -> None:
    given = {"legal_representative_id_type": "08", "legal_representative_id_number": "e 1234567"}
    assert filled_in(given) == {**given, "legal_representative_id_number": "E1234567"}


def test_both_names_and_both_numbers_are_stored_and_the_difference_gets_a_remark() -> None:
    values = filled_in({**COMPLETE, "licence_name": "湘潭市康民大药房"})
    kept = {name: values[name] for name in ("name", "licence_name", "uscc", "licence_number")}
    assert kept == {
        "name": COMPLETE["name"],
        "licence_name": "湘潭市康民大药房",
        "uscc": COMPLETE["uscc"],
        "licence_number": "湘DA731000123",
    }
    assert [one.code for one in warnings(FORM, values)] == ["licence-name-differs"]
    same = filled_in({**COMPLETE, "licence_name": COMPLETE["name"]})
    assert warnings(FORM, same) == []


@pytest.mark.parametrize(
    ("typed", "kept", "remarks"),
    [
        ("湘ＤＡ731000123", "湘DA731000123", []),
        ("湘da 7310-00123", "湘DA731000123", []),
        ("ＡA7310001", "AA7310001", []),
        ("湘CB7310001（更）", "湘CB7310001(更)", ["drug-licence-number-unusual"]),
        ("湘DA73100012", "湘DA73100012", ["drug-licence-number-unusual"]),
    ],
)
def test_drug_licence_numbers_are_normalised_and_unusual_ones_get_a_remark(
    typed: str, kept: str, remarks: list[str]
) -> None:
    values = filled_in({"licence_number": typed})
    assert values == {"licence_number": kept}
    assert [one.code for one in warnings(FORM, values)] == remarks


def test_a_code_that_left_its_dictionary_is_refused_at_submission_also_within_a_list() -> None:
    retired = Dictionary("drug_business_scope", "2", (Entry("02", "中成药", valid_until=date(2026, 1, 1)),))
    later = Reference({**DICTIONARIES, retired.name: retired}, REFERENCE.regions, TODAY)
    found = outdated(FORM, filled_in(COMPLETE), later)
    assert [(one.field, one.code) for one in found] == [("business_scope", "code-not-valid")]


def test_the_form_says_that_a_pharmacy_without_an_agreement_need_not_be_maintained() -> None:
    [notice] = description(FORM).notices
    assert notice.code == "without-agreement-not-required"
