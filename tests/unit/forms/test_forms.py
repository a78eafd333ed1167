"""Forms: what one definition accepts, lacks, compares, masks, exports, and says of itself."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from pydantic import TypeAdapter

from shared.forms.conditions import ALWAYS, Unless, Values, When
from shared.forms.description import description, given_type, values_type
from shared.forms.dictionaries import Dictionary, entries_of
from shared.forms.filling import accepted, completed, missing, outdated, warnings
from shared.forms.form import AttachmentField, Field, Form, Section
from shared.forms.kinds import (
    Choice,
    Day,
    Flag,
    InsuranceRegion,
    LongText,
    Name,
    Number,
    Phone,
    Reference,
    Several,
    Text,
)
from shared.forms.versions import Difference, differences, exported, without_private
from shared.problems import FieldProblem, FieldsRefused

COLOURS = Dictionary(
    "colour",
    "2",
    entries_of(["code,name,valid_from,valid_until", "r,red,,", "b,blue,2027-01-01,", "g,grey,,2026-06-30"]),
)
TODAY = date(2026, 11, 25)
REFERENCE = Reference({"colour": COLOURS}, {"430302": "雨湖区"}, TODAY)


def _not_both(values: Values) -> Iterator[FieldProblem]:
    if values.get("open_all_day") and values.get("closes"):
        yield FieldProblem(field="closes", code="open-or-closed", zh="不能同时填写。", en="Not both.")


def _many(values: Values) -> Iterator[FieldProblem]:
    if values.get("staff", 0) > 100:
        yield FieldProblem(field="staff", code="many", zh="人数较多。", en="That is many.")


FORM = Form(
    kind="shop",
    edition="3",
    zh="商店",
    en="Shop",
    fields=(
        Field("name", "shop_name", "名称", "Name", Name(20), ALWAYS, in_drafts=True),
        Field("region", "admdvs", "区划", "Region", InsuranceRegion(), ALWAYS),
        Field("colour", "clr", "颜色", "Colour", Choice("colour")),
        Field("shade", "shd", "深浅", "Shade", Text(5), When("colour", "r"), applies=When("colour", "r")),
        Field("staff", "psn_cnt", "人数", "Staff", Number(1, 500), ALWAYS),
        Field("open_all_day", "h24", "全天营业", "Open all day", Flag()),
        Field("closes", "cls", "关门时间", "Closes", Text(5), Unless("open_all_day")),
        Field("opened_on", "opn", "开业日期", "Opened on", Day()),
        Field("phone", "tel", "电话", "Phone", Phone(), private=True),
        Field("goods", "gds", "商品", "Goods", Several(Text(5))),
    ),
    attachments=(AttachmentField("licence", "lic_doc", "执照", "Licence", Unless("open_all_day")),),
    sections=(Section("基本", "Basics", ("name", "region")),),
    checks=(_not_both,),
    cautions=(_many,),
)


def refusals(given: dict[str, Any], kept: dict[str, Any] | None = None) -> dict[str, str]:
    """The codes of the refused fields."""
    with pytest.raises(FieldsRefused) as refused:
        accepted(FORM, kept or {}, given, REFERENCE)
    return {one.field: one.code for one in refused.value.fields}


def test_given_values_are_normalised_and_the_others_stay() -> None:
    kept = accepted(FORM, {}, {"name": " 小店 ", "staff": "１２", "goods": ["米", "米", "油"]}, REFERENCE)
    assert kept == {"name": "小店", "staff": 12, "goods": ["米", "油"]}
    assert accepted(FORM, kept, {"staff": None, "goods": ""}, REFERENCE) == {"name": "小店"}


@pytest.mark.parametrize("nothing", ["  ", []])
def test_spaces_and_an_empty_list_empty_a_field(nothing: Any) -> None:
    name = "goods" if nothing == [] else "shade"
    kept = {"colour": "r", "shade": "深", "goods": ["米"]}
    assert name not in accepted(FORM, kept, {name: nothing}, REFERENCE)


def test_a_form_filled_in_at_once_names_wrong_and_missing_fields() -> None:
    given: dict[str, Any] = {"name": "小店", "region": "430302", "staff": 0, "closes": " "}
    values, problems = completed(FORM, given, {"licence": "执照.pdf"}, REFERENCE)
    assert values == {"name": "小店", "region": "430302"}
    assert [(one.field, one.code) for one in problems] == [("staff", "number"), ("closes", "missing")]


def test_a_long_text_keeps_its_lines() -> None:
    assert LongText(10).parse(" 第一行 \r\n\u200b第二行\n", REFERENCE) == "第一行\n第二行"


def test_every_wrong_value_is_refused_at_once_with_contradictions_between_the_right_ones() -> None:
    given = {
        "name": None,
        "region": "999999",
        "colour": "x",
        "staff": 0,
        "open_all_day": True,
        "closes": "21:00",
        "size": 1,
        "goods": "米",
    }
    assert refusals(given) == {
        "name": "missing",
        "region": "unknown-region",
        "colour": "not-in-dictionary",
        "staff": "number",
        "closes": "open-or-closed",
        "size": "no-such-field",
        "goods": "list",
    }


@pytest.mark.parametrize(
    ("code", "on", "valid"),
    [
        ("b", date(2026, 12, 31), False),
        ("b", date(2027, 1, 1), True),
        ("g", date(2026, 6, 30), True),
        ("g", date(2026, 7, 1), False),
    ],
)
def test_a_code_is_accepted_from_its_first_day_to_its_last(code: str, on: date, valid: bool) -> None:  # noqa: FBT001
    reference = Reference({"colour": COLOURS}, {}, on)
    if valid:
        assert accepted(FORM, {}, {"colour": code}, reference) == {"colour": code}
    else:
        assert [one.code for one in outdated(FORM, {"colour": code}, reference)] == ["code-not-valid"]


def test_what_is_missing_follows_from_the_other_values() -> None:
    def lacking(**values: Any) -> set[str]:
        return {one.field for one in missing(FORM, values, {})}

    assert lacking() == {"name", "region", "staff", "closes", "licence"}
    assert lacking(open_all_day=True) == {"name", "region", "staff"}
    assert "shade" in lacking(colour="r")
    assert [one.code for one in warnings(FORM, {"staff": 200})] == ["many"]


def test_a_value_whose_field_no_longer_applies_is_left_out() -> None:
    assert accepted(FORM, {"colour": "r", "shade": "dark"}, {"colour": None}, REFERENCE) == {}
    assert accepted(FORM, {"gone_from_the_form": 1}, {"staff": 3}, REFERENCE) == {"staff": 3}


def test_two_versions_differ_in_the_order_of_the_form() -> None:
    before, after = {"staff": 1, "name": "甲"}, {"name": "乙", "staff": 1, "goods": ["米"]}
    assert differences(FORM, before, after) == [Difference("name", "甲", "乙"), Difference("goods", None, ["米"])]


def test_private_values_are_masked_and_exports_have_the_national_names() -> None:
    values = {"name": "小店", "phone": "0731-58214600"}
    assert without_private(FORM, values) == {"name": "小店", "phone": "073********00"}
    assert exported(FORM, values) == {"shop_name": "小店", "tel": "0731-58214600"}
    assert FORM.private == {"phone"}


def test_the_description_says_what_a_client_needs() -> None:
    described = description(FORM).model_dump(mode="json")
    shade = next(one for one in described["fields"] if one["name"] == "shade")
    assert shade["required"] == {"field": "colour", "in": ["r"]}
    assert shade["kind"] == {"kind": "text", "longest": 5}
    closes = next(one for one in described["fields"] if one["name"] == "closes")
    assert closes["required"] == {"field": "open_all_day", "not_in": [True]}
    goods = next(one for one in described["fields"] if one["name"] == "goods")
    assert goods["kind"] == {"kind": "several", "of": {"kind": "text", "longest": 5}}
    assert described["sections"] == [{"label_zh": "基本", "label_en": "Basics", "names": ["name", "region"]}]
    assert (described["kind"], described["edition"]) == ("shop", "3")


def test_the_schema_names_every_field_and_no_other() -> None:
    kept, given = TypeAdapter(values_type(FORM)).json_schema(), TypeAdapter(given_type(FORM)).json_schema()
    assert kept["properties"].keys() == given["properties"].keys() == FORM.field_of.keys()
    assert kept["additionalProperties"] is False
    assert kept["properties"]["staff"]["type"] == "integer"
    assert {"type": "null"} in given["properties"]["staff"]["anyOf"]
