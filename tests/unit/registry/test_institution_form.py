"""The form of institutions: what it accepts and refuses, and which fields are missing."""

from datetime import date
from typing import Any

import pytest

from services.registry.dictionaries import DICTIONARIES
from services.registry.institutions.form import FORM
from shared.forms.filling import accepted, missing, warnings
from shared.forms.kinds import Choice, Reference
from shared.problems import FieldsRefused
from tests.samples import DETAILS

REFERENCE = Reference(DICTIONARIES, {"430399": "湘潭市市本级", "430302": "雨湖区"}, date(2026, 11, 25))
COMPLETE: dict[str, Any] = {
    **DETAILS,
    "name": "湘潭市中心医院",
    "uscc": "12430300445302343Q",
    "licence_number": "44530234543030211A1001",
    "pooling_region": "430399",
}
PAPERS: dict[str, Any] = {"certificate": {}, "licence": {}}
# The columns of the national table for institutions (field list of the national platform).
NATIONAL_COLUMNS = """
uscc legent_name medins_name medins_abbr medins_prac_lic_regno medins_prac_lic_expy medins_type medinslv
medins_grade econ_type biznat afil_rlts addr_division addr admdvs pool_level lnt lat legrep_name main_resper
trtitem aprv_bed_cnt inchg_hosp_resper_name inchg_hosp_resper_tel hi_resper_name hi_resper_tel hi_tel hi_email
fax_no bank bank_name bankacct ec_flag prnt_medins_code military_flag medins_cert_elec_doc
medins_prac_lic_elec_doc
"""


def filled_in(kept: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """The values after these were filled in."""
    return accepted(FORM, kept, given, REFERENCE)


def refused(given: dict[str, Any], kept: dict[str, Any] | None = None) -> dict[str, str]:
    """The codes of the refused fields."""
    with pytest.raises(FieldsRefused) as refusal:
        filled_in(kept or {}, given)
    return {one.field: one.code for one in refusal.value.fields}


def test_the_form_has_every_column_of_the_national_table() -> None:
    exchanged = {field.exchange for field in FORM.fields} | {field.exchange for field in FORM.attachments}
    assert set(NATIONAL_COLUMNS.split()) - exchanged == set()
    assert {
        field.kind.dictionary for field in FORM.fields if isinstance(field.kind, Choice)
    } <= DICTIONARIES.keys()


def test_a_complete_form_lacks_nothing_and_an_empty_one_names_every_required_field() -> None:
    assert missing(FORM, filled_in({}, COMPLETE), PAPERS) == []
    fields = {one.field for one in missing(FORM, {}, {})}
    required = {"legal_name", "uscc", "hi_contact_phone", "uses_electronic_credential", "certificate", "licence"}
    assert required <= fields
    assert not {"short_name", "grade", "explanation", "longitude"} & fields


@pytest.mark.parametrize(
    ("given", "required"),
    [
        ({"level": "2"}, {"grade"}),
        ({"level": "9"}, set()),
        ({"uscc_absent": True}, {"explanation"}),
        ({"military": True, "licence_number": None}, set()),
    ],
)
def test_what_is_required_depends_on_what_was_said(given: dict[str, Any], required: set[str]) -> None:
    base = {name: value for name, value in COMPLETE.items() if name not in ("grade", "level", "uscc")}
    has_code = {} if given.get("uscc_absent") else {"uscc": COMPLETE["uscc"]}
    values = filled_in({}, {**base, **has_code, "level": "9", **given})
    assert {one.field for one in missing(FORM, values, PAPERS)} == required


def test_an_incomplete_draft_is_accepted_and_other_fields_stay() -> None:
    kept = filled_in({}, {"name": "某诊所", "pooling_region": "430302"})
    more = filled_in(kept, {"address": " 和平路 "})
    assert more == {"name": "某诊所", "pooling_region": "430302", "address": "和平路"}
    assert filled_in(more, {"address": None}) == kept


def test_every_wrong_value_is_named_at_once() -> None:
    wrong = {
        "uscc": "12430300445302343X",
        "licence_number": "?",
        "licence_expires_on": "2026-02-30",
        "institution_type": "A",
        "level": "7",
        "address_division": "430399",
        "pooling_region": "999999",
        "longitude": 500,
        "approved_beds": 2.5,
        "hi_contact_phone": "call me",
        "hi_office_email": "nobody",
        "uses_electronic_credential": "yes",
        "treatment_items": "内科",
        "name": None,
        "short_name": "长" * 51,
        "address": "一\x00二",
        "colour": "red",
    }
    codes = refused(wrong)
    assert codes.keys() == wrong.keys()
    assert codes["uscc"] == "uscc-irregular"
    assert codes["colour"] == "no-such-field"


def test_a_look_alike_in_a_credit_code_is_refused_with_the_likely_code() -> None:
    with pytest.raises(FieldsRefused) as refusal:
        filled_in({}, {"uscc": "1243O300445302343Q"})
    assert refusal.value.fields[0].code == "uscc-likely"
    assert "12430300445302343Q" in refusal.value.fields[0].zh


@pytest.mark.parametrize(
    ("field", "typed", "kept"),
    [
        ("name", "湘潭县人⺠\u200b医院", "湘潭县人民医院"),
        ("hi_contact_name", "王　伟", "王伟"),
        ("hi_contact_phone", "（0731）58214600", "0731-58214600"),
        ("fax_number", "0731—58214600", "0731-58214600"),
        ("hi_office_email", "ｙｂｂ＠hospital。cn", "ybb@hospital.cn"),
        ("licence_expires_on", "２０３０年12月31日", "2030-12-31"),
        ("approved_beds", "１，５００", 1500),
        ("address", "和平路１２０号\u200b", "和平路120号"),
        ("pooling_region", "４３０３９９", "430399"),
    ],
)
def test_typed_values_are_stored_normalised(field: str, typed: str, kept: object) -> None:
    assert filled_in({}, {field: typed}) == {field: kept}


@pytest.mark.parametrize(
    ("field", "typed", "code"),
    [
        ("licence_expires_on", "2030-W52-1", "date-form"),
        ("approved_beds", "1_500", "number-form"),
        ("approved_beds", "1e3", "number-form"),
        ("hi_contact_name", "王" * 51, "name-too-long"),
        ("name", "湘潭\u202e医院", "reordering-character"),
        ("address", "和平路\ue000", "private-use-character"),
        ("hi_contact_phone", "58214600", "phone-area-code"),
    ],
)
def test_an_invalid_value_is_refused_with_its_cause(field: str, typed: str, code: str) -> None:
    assert refused({field: typed}) == {field: code}


def test_full_width_and_lower_case_numbers_are_stored_normalised() -> None:
    taken = filled_in({}, {"uscc": "１２４３０３００４４５３０２３４３q", "licence_number": "pdy 0001-x"})
    assert taken == {"uscc": "12430300445302343Q", "licence_number": "PDY0001X"}
    assert [one.code for one in warnings(FORM, taken)] == ["licence-number-unusual"]


def test_no_credit_code_and_a_credit_code_exclude_each_other_also_in_two_steps() -> None:
    assert refused({"uscc_absent": True}, {"uscc": COMPLETE["uscc"]}) == {"uscc": "uscc-or-absent"}


def test_the_special_grade_is_for_the_third_level_and_no_grade_outlives_its_level() -> None:
    assert refused({"level": "2", "grade": "1"}) == {"grade": "grade-of-third-level"}
    assert "grade" not in filled_in({"level": "2", "grade": "2"}, {"level": "9"})


def test_an_irregular_credit_code_requires_a_confirmation_and_the_certificate() -> None:
    given = {**COMPLETE, "uscc": "12430300445302343X"}
    assert refused(given) == {"uscc": "uscc-irregular"}
    values = filled_in({}, {**given, "uscc_irregular": True})
    assert {one.field for one in missing(FORM, values, PAPERS)} == {"uscc_certificate"}
    assert [one.code for one in warnings(FORM, values)] == ["uscc-irregular"]


def test_every_field_is_in_one_section() -> None:
    shown = [name for section in FORM.sections for name in section.names]
    assert sorted(shown) == sorted([*FORM.field_of, *FORM.attachment_of])
