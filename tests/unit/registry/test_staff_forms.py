"""The forms of physicians, nurses and pharmacists: what they accept, refuse, miss and remark on."""

from datetime import date
from typing import Any

import pytest

from services.registry.dictionaries import DICTIONARIES
from services.registry.nurses.form import FORM as NURSE
from services.registry.pharmacists.form import FORM as PHARMACIST
from services.registry.pharmacists.rules import check_transition
from services.registry.physicians.form import FORM as PHYSICIAN
from services.registry.records.rules import Copy, Life, Record
from services.registry.staff.problems import NotInPost, TransitionEnded
from services.registry.staff.rules import check_in_post
from shared.forms.filling import accepted, missing, warnings
from shared.forms.form import Form
from shared.forms.kinds import Choice, Day, Flag, IdNumber, LicenceNumber, PersonName, Reference, Several, Text
from shared.ids import new_id
from shared.problems import FieldsRefused
from tests.samples import NURSE_DETAILS, PHARMACIST_DETAILS, PHYSICIAN_DETAILS

REFERENCE = Reference(DICTIONARIES, {}, date(2026, 11, 25))
ID_18, ID_15, ANOTHER_ID = "430302190001010016", "430302000101001", "440524188001010014"
# Year of issue, province, level, category: the ID number of the holder follows.
ISSUED = "199943110"
ZHANG = {"name": "张三", "id_type": "01", "id_number": ID_18}
COMPLETE: dict[str, dict[str, Any]] = {
    "physician": {**ZHANG, **PHYSICIAN_DETAILS, "qualification_number": ISSUED + ID_18},
    "nurse": {**ZHANG, **NURSE_DETAILS, "sex": "1"},
    "pharmacist": {**ZHANG, **PHARMACIST_DETAILS},
}
FORMS = {form.kind: form for form in (PHYSICIAN, NURSE, PHARMACIST)}
TRANSITIONAL = {
    "certificate_type": "2",
    "pharmacy_opened_on": "2015-11-20",
    "registered_on": "2018-01-01",
    "expires_on": "2020-12-31",
    "qualification_number": "ZY00123456",
    "certificate_number": "ZY00123456",
    "category": "3",
}
# The columns of the national tables (field list of the national platform), but for code and place of practice.
NATIONAL_COLUMNS = {
    "physician": "dr_name gend psn_cert_type certno psn_stas cntr_begntime cntr_endtime dr_cert_codg "
    "dr_prac_cert_no dr_prac_type dr_prac_scp dr_prac_lv pro_tech_duty mul_prac_flag main_pracins_no prac_regn "
    "nemp_time dr_praccert_elec_doc",
    "nurse": "nurs_name gend psn_cert_type certno psn_stas cntr_begntime cntr_endtime nurs_prac_cert_no prac_type "
    "pro_tech_duty hi_nurs_regcert_elec_doc",
    "pharmacist": "phar_name gend psn_cert_type certno psn_stas cntr_begntime cntr_endtime praccert_type "
    "phar_prac_cert_no regcert_no phar_prac_emp reg_time expy_endtime phar_prac_type phar_prac_scp phar_type "
    "pro_tech_duty phar_cert_elec_doc prac_phar_regcert_elec_doc",
}
every_kind = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())


def filled_in(form: Form, given: dict[str, Any], kept: dict[str, Any] | None = None) -> dict[str, Any]:
    """The values after these were filled in."""
    return accepted(form, kept or {}, given, REFERENCE)


def refused(form: Form, given: dict[str, Any], kept: dict[str, Any] | None = None) -> dict[str, str]:
    """The codes of the refused fields."""
    with pytest.raises(FieldsRefused) as refusal:
        filled_in(form, given, kept)
    return {one.field: one.code for one in refusal.value.fields}


def remarks(kind: str, **more: Any) -> list[tuple[str, str]]:
    """The fields with a remark, and its code, of a complete form with other values."""
    values = filled_in(FORMS[kind], {**COMPLETE[kind], **more})
    return [(one.field, one.code) for one in warnings(FORMS[kind], values)]


def a_record(life: Life = Life.DRAFT) -> Record:
    """A record of staff."""
    one, provider, account = new_id(), new_id(), new_id()
    return Record(one, provider, one, account, "张三", "430302", {}, life=life)


@every_kind
def test_a_form_has_every_column_of_its_national_table_and_known_dictionaries(form: Form) -> None:
    exchanged = {one.exchange for one in form.fields} | {one.exchange for one in form.attachments}
    assert set(NATIONAL_COLUMNS[form.kind].split()) - exchanged == set()
    kinds = [one.kind.of if isinstance(one.kind, Several) else one.kind for one in form.fields]
    assert {kind.dictionary for kind in kinds if isinstance(kind, Choice)} <= DICTIONARIES.keys()


@every_kind
def test_every_field_is_in_one_section(form: Form) -> None:
    shown = [name for section in form.sections for name in section.names]
    assert sorted(shown) == sorted([*form.field_of, *form.attachment_of])


@every_kind
def test_a_complete_form_lacks_nothing_and_gets_no_remark(form: Form) -> None:
    values = filled_in(form, COMPLETE[form.kind])
    assert missing(form, values, ()) == []
    assert warnings(form, values) == []


@every_kind
def test_an_empty_form_names_what_it_needs_and_no_document_of_staff_is_compulsory(form: Form) -> None:
    lacking = {one.field: one.code for one in missing(form, {}, ())}
    assert {"name", "id_type", "id_number", "sex", "staff_state", "formal_contract", "category"} <= lacking.keys()
    assert not {"contract_from", "contract_until", "title", "left_on"} & lacking.keys()
    assert not form.attachment_of.keys() & lacking.keys()


@every_kind
def test_who_has_no_certificate_is_not_recorded_with_the_reason(form: Form) -> None:
    values = filled_in(form, {**COMPLETE[form.kind], "certificate_number": None})
    assert [(one.field, one.code) for one in missing(form, values, ())] == [
        ("certificate_number", "licence-required")
    ]


def bad_values(form: Form) -> dict[str, list[Any]]:
    """What no field of a form takes: by its kind, and whatever no field takes."""
    of_text: list[Any] = ["张\x00三", "张\u202e三", "张\ue000三", "字" * 100_000, 1, ["张三"], {"a": "b"}]
    markup: list[Any] = ["<script>alert(1)</script>", "'; DROP TABLE staff; --", "张😀三"]
    by_kind: dict[type, list[Any]] = {
        PersonName: [*of_text, *markup, "张", "张3"],
        IdNumber: [*of_text, *markup, "1234", "身份证"],
        LicenceNumber: [*of_text, *markup, "1234"],
        Choice: [*of_text, *markup, "77777"],
        Day: [*of_text, *markup, "2026-02-30", "0000-01-01", "9999-99-99", "tomorrow"],
        Flag: ["是", 1, "yes"],
        Several: ["11", ["11", "77777"], [["11"]], ["11"] * 301],
        Text: of_text,
    }
    return {one.name: by_kind[type(one.kind)] for one in form.fields}


@every_kind
def test_every_bad_value_is_refused_and_all_wrong_fields_are_named_at_once(form: Form) -> None:
    bad = bad_values(form)
    always = {"staff_state": "4", "multi_site": True, "certificate_type": "2"}
    kept = {name: value for name, value in always.items() if name in form.field_of}
    for name, values in bad.items():
        for value in values:
            assert name in refused(form, {name: value}, kept), (name, str(value)[:50])
    everything = {name: values[0] for name, values in bad.items()}
    assert refused(form, {**everything, "no_such_field": "1"}).keys() == {*bad, "no_such_field"}


@every_kind
@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("阿依古丽•买买提", "阿依古丽·买买提"),
        ("张　三", "张三"),
        ("张\u200b三", "张三"),
        ("王䶮", "王䶮"),
        ("李\U00031350", "李\U00031350"),
        ("Maria  da Silva-O'Neill", "Maria da Silva-O'Neill"),
    ],
)
def test_names_are_kept_as_people_bear_them(form: Form, typed: str, kept: str) -> None:
    assert filled_in(form, {"name": typed}) == {"name": kept}


@every_kind
@pytest.mark.parametrize(
    ("id_type", "typed", "kept"),
    [
        ("01", ID_15, ID_18),
        ("01", "４３０３０２ 19000101 0016", ID_18),
        ("08", "e 1234567", "E1234567"),
        ("06", "00123456", "00123456"),
        ("04", "h12345678", "H12345678"),
        ("17", "810000190001010013", "810000190001010013"),
    ],
)
def test_each_document_has_its_own_numbers_and_the_old_one_becomes_the_new(
    form: Form, id_type: str, typed: str, kept: str
) -> None:
    given = {"id_type": id_type, "id_number": typed}
    assert filled_in(form, given) == {"id_type": id_type, "id_number": kept}


@every_kind
@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"id_number": "430302190001010017"}, "id_number", "id-number-check-digit"),
        ({"id_number": "430302190013010016"}, "id_number", "id-number-birth-date"),
        ({"id_number": "E1234567"}, "id_number", "id-number-length"),
        ({"formal_contract": False}, "formal_contract", "formal-contract-only"),
        (
            {"contract_long_term": None, "contract_from": "2026-01-02", "contract_until": "2026-01-01"},
            "contract_until",
            "ends-before-it-begins",
        ),
        (
            {"contract_from": "0001-01-01", "contract_until": "9999-12-31", "contract_long_term": True},
            "contract_until",
            "long-term-or-last-day",
        ),
        (
            {"contract_from": "2026-01-02", "staff_state": "4", "left_on": "2026-01-01"},
            "left_on",
            "ends-before-it-begins",
        ),
    ],
)
def test_contradictions_that_no_kind_of_staff_may_have(
    form: Form, given: dict[str, Any], field: str, code: str
) -> None:
    assert refused(form, given, COMPLETE[form.kind]) == {field: code}


@every_kind
def test_who_has_left_needs_a_leaving_date_and_nobody_else_has_one(form: Form) -> None:
    left = filled_in(form, {"staff_state": "4"}, COMPLETE[form.kind])
    assert [(one.field, one.code) for one in missing(form, left, ())] == [("left_on", "missing")]
    left = filled_in(form, {"left_on": "2026-11-01"}, left)
    assert missing(form, left, ()) == []
    assert "left_on" not in filled_in(form, {"staff_state": "1"}, left)


@every_kind
def test_contract_dates_are_optional(form: Form) -> None:
    given = {"contract_from": None, "contract_until": None, "contract_long_term": None}
    assert missing(form, filled_in(form, given, COMPLETE[form.kind]), ()) == []


@pytest.mark.parametrize(
    ("state", "life", "allowed"),
    [
        ("1", Life.DRAFT, True),
        ("3", Life.DRAFT, True),
        ("2", Life.DRAFT, False),
        ("4", Life.DRAFT, False),
        ("2", Life.IN_FORCE, True),
        ("4", Life.IN_FORCE, True),
    ],
)
def test_the_retired_are_not_recorded_unless_re_hired(state: str, life: Life, *, allowed: bool) -> None:
    submitted = Copy({"staff_state": state}, {})
    if allowed:
        check_in_post(a_record(life), submitted)
    else:
        with pytest.raises(NotInPost):
            check_in_post(a_record(life), submitted)


@pytest.mark.parametrize("number", [ISSUED + ID_18, ISSUED + ID_15])
def test_both_numbers_in_a_qualification_certificate_are_the_same_persons(number: str) -> None:
    for id_number in (ID_18, ID_15):
        given = {**COMPLETE["physician"], "id_number": id_number, "qualification_number": number}
        assert filled_in(PHYSICIAN, given)["id_number"] == ID_18
    given = {**COMPLETE["physician"], "id_number": ANOTHER_ID, "qualification_number": number}
    assert refused(PHYSICIAN, given) == {"qualification_number": "certificate-of-another"}
    # The certificate shows nothing of a passport.
    filled_in(PHYSICIAN, {**given, "id_type": "08"})


@pytest.mark.parametrize(
    ("category", "scope", "fits"),
    [
        ("1", ["11", "28"], True),
        ("1", ["11", "31"], False),
        ("1", ["99"], True),
        ("2", ["31"], True),
        ("2", ["51"], False),
        ("3", ["41"], True),
        ("3", ["11"], False),
        ("4", ["51", "57"], True),
        ("4", ["12"], False),
        ("9", ["27"], True),
        ("9", ["19"], True),
    ],
)
def test_the_scope_of_practice_belongs_to_the_category(category: str, scope: list[str], *, fits: bool) -> None:
    given = {"category": category, "scope": scope}
    if fits:
        assert filled_in(PHYSICIAN, given) == given
    else:
        assert refused(PHYSICIAN, given) == {"scope": "scope-of-another-category"}


@pytest.mark.parametrize("form", [PHYSICIAN, NURSE], ids=["physician", "nurse"])
def test_a_hospitals_pharmacists_are_refused_with_the_reason(form: Form) -> None:
    for title in ("241", "242", "243", "244", "245"):
        assert refused(form, {"title": title}) == {"title": "hospital-pharmacist"}
    assert filled_in(PHARMACIST, {"title": "243"}) == {"title": "243"}


def test_the_sex_agrees_with_the_id_number_or_gets_a_remark() -> None:
    for kind in FORMS:
        assert remarks(kind, sex="2") == [("sex", "sex-differs-from-id-number")]
        assert remarks(kind, sex="9") == []
    assert remarks("nurse", sex="2", id_type="08", id_number="E1234567") == []


def test_certificate_numbers_of_an_unusual_length_get_a_remark() -> None:
    assert remarks("physician", certificate_number="11043000000123") == [
        ("certificate_number", "unusual-certificate-number")
    ]
    assert remarks("physician", qualification_number="HZ12345") == [
        ("qualification_number", "unusual-certificate-number")
    ]
    assert remarks("nurse", certificate_number="20124300012") == [
        ("certificate_number", "unusual-certificate-number")
    ]


def test_a_transitional_pharmacist_has_one_number_and_both_occupations() -> None:
    whole = {**COMPLETE["pharmacist"], **TRANSITIONAL}
    assert missing(PHARMACIST, filled_in(PHARMACIST, whole), ()) == []
    wrong = {
        "pharmacy_opened_on": ("2015-11-21", "opened-too-late"),
        "expires_on": ("2021-01-01", "beyond-the-transition"),
        "certificate_number": ("ZY00123457", "one-number-for-both"),
        "category": ("1", "both-pharmacies"),
    }
    for field, (value, code) in wrong.items():
        assert refused(PHARMACIST, {field: value}, whole) == {field: code}
    lacking = filled_in(PHARMACIST, {"pharmacy_opened_on": None}, whole)
    assert [one.field for one in missing(PHARMACIST, lacking, ())] == ["pharmacy_opened_on"]
    # With a licence none of it counts.
    filled_in(PHARMACIST, {**COMPLETE["pharmacist"], "pharmacy_opened_on": "2020-01-01"})


@pytest.mark.parametrize(
    ("certificate_type", "today", "allowed"),
    [("2", date(2020, 12, 31), True), ("2", date(2021, 1, 1), False), ("1", date(2021, 1, 1), True)],
)
def test_later_a_real_licence_is_needed(certificate_type: str, today: date, *, allowed: bool) -> None:
    submitted = Copy({"certificate_type": certificate_type}, {})
    if allowed:
        check_transition(a_record(), submitted, today)
    else:
        with pytest.raises(TransitionEnded):
            check_transition(a_record(), submitted, today)


def test_the_type_of_pharmacist_agrees_with_the_certificate_or_gets_a_remark() -> None:
    assert remarks("pharmacist", pharmacist_type="1") == []
    assert remarks("pharmacist", pharmacist_type="3") == []
    assert remarks("pharmacist", pharmacist_type="2") == [("pharmacist_type", "type-differs-from-certificate")]
    registered = {"registered_on": "2026-01-02", "expires_on": "2026-01-01"}
    assert refused(PHARMACIST, registered, COMPLETE["pharmacist"]) == {"expires_on": "ends-before-it-begins"}
