"""Imports through the gateway: a clerk's workbook becomes records, or comes back with every wrong cell marked."""

import io
import time
from typing import Any

import pytest
from openpyxl import load_workbook

from deploy.laptop.demo.chain import ChainJourney
from deploy.laptop.demo.journey import Journey
from deploy.laptop.demo.person import Refused
from deploy.laptop.demo.sample_files import Numbers, as_pdf, picture
from deploy.laptop.stack.platform import Platform
from services.registry.imports.template import XLSX
from tests.journeys.conftest import Resumed
from tests.journeys.test_staff import added, old_number, person
from tests.platforms import a_journey
from tests.samples import NURSE_DETAILS, PHARMACIST_DETAILS
from tests.unit.documents.archives import zip_of
from tests.workbooks import of_values

pytestmark = pytest.mark.xdist_group("platform")


async def imported(one: Journey, kind: str, content: bytes, **query: str) -> dict[str, Any]:
    """The import of a workbook, once it has ended."""
    headers = {"Content-Type": XLSX}
    answer = await one.person.post("/imports", data=content, headers=headers, params={"kind": kind, **query})
    path = f"/imports/{answer['import_id']}"
    found: dict[str, Any] = await one.person.until(path, lambda seen: seen["state"] != "checking")
    return found


async def wrong(one: Journey, import_id: str) -> dict[int, list[dict[str, Any]]]:
    """What is wrong in an import, by row."""
    page = await one.person.get(f"/imports/{import_id}/errors")
    return {row["number"]: row["problems"] for row in page["items"]}


def nurses(one: Journey, *names: str) -> list[dict[str, Any]]:
    """Nurses who do not exist."""
    return [person(one, name, NURSE_DETAILS) for name in names]


@pytest.mark.requirement("IMP-1")
async def test_a_template_is_filled_in_and_imported(hospital: Resumed) -> None:
    async with hospital() as one:
        content = await one.person.get("/import-templates/nurse")
        book = load_workbook(io.BytesIO(content))
        sheet, lists = book.worksheets[:2]
        form = await one.person.get("/forms/nurse")
        headings = [cell.value.lstrip("*") for cell in sheet[1]]
        assert headings == [each["label_zh"] for each in form["fields"]]
        assert {"合同起始时间", "合同截止时间"} <= set(headings)
        for label in ("身份证件号码", "护士执业证书编号"):
            letter = sheet.cell(1, headings.index(label) + 1).column_letter
            assert sheet.column_dimensions[letter].number_format == "@"
        listed = {cell.value for column in lists.iter_cols() for cell in column}
        assert {"21 注册护士", "1 在职", "254 护师"} <= listed
        drop_downs = {str(each.sqref).split(":")[0] for each in sheet.data_validations.dataValidation}
        letters = [sheet.cell(1, headings.index(label) + 1).column_letter for label in ("人员状态", "执业类别")]
        assert {f"{letter}2" for letter in letters} <= drop_downs
        [values] = nurses(one, "模板样本")
        for place, field in enumerate(form["fields"], start=1):
            value = values.get(field["name"])
            sheet.cell(2, place, ("是" if value else "否") if isinstance(value, bool) else value)
        out = io.BytesIO()
        book.save(out)
        provider = one.institution["record_id"]
        done = await imported(one, "nurse", out.getvalue(), provider_id=provider)
        assert (done["state"], done["rows"], done["applied"]) == ("applied", 1, 1)
        found = await one.person.get("/nurses", params={"provider_id": provider, "query": values["id_number"]})
        record = await one.person.get(f"/nurses/{found['items'][0]['record_id']}")
        assert (record["values"], record["missing"]) == (values, [])


@pytest.mark.requirement("IMP-2", "IMP-3")
async def test_every_wrong_cell_is_named_with_its_place_reason_and_likely_fix(hospital: Resumed) -> None:
    async with hospital() as one:
        form = await one.person.get("/forms/nurse")
        letters = {each["name"]: place for place, each in enumerate(form["fields"])}
        good, unknown, letter_o, lost, digit, comma, twice = nurses(one, *(f"错行{n}" for n in "甲乙丙丁戊己庚"))
        kept = await added(one, nurses(one, "在册样本")[0], "nurses")
        digits = digit["id_number"]
        rows = [
            good,
            {**unknown, "category": "注册护土", "contract_until": "2028年2月30日"},
            {**letter_o, "id_number": letter_o["id_number"].replace("0", "O", 1)},
            {**lost, "certificate_number": 2.01243e17},
            {**digit, "id_number": digits[:-1] + ("1" if digits[-1] != "1" else "2")},
            {**comma, "certificate_number": "2012，4300"},
            {**twice, "id_number": good["id_number"], "sex": good["sex"]},
            {**twice, "id_number": kept["values"]["id_number"], "sex": kept["values"]["sex"]},
        ]
        content = of_values(form, rows)
        done = await imported(one, "nurse", content, provider_id=one.institution["record_id"])
        assert (done["state"], done["applied"], done["wrong"]) == ("refused", 0, 7)
        found = await wrong(one, done["import_id"])
        reported = {row: {each["field"]: each["code"] for each in problems} for row, problems in found.items()}
        assert reported == {
            3: {"category": "not-in-dictionary", "contract_until": "date-not-existing"},
            4: {"id_number": "id-number-character"},
            5: {"certificate_number": "number-lost-to-format"},
            6: {"id_number": "id-number-check-digit"},
            7: {"certificate_number": "licence-number"},
            8: {"id_number": "twice-in-workbook"},
            9: {"id_number": "already-on-record"},
        }
        [category, _] = sorted(found[3], key=lambda each: str(each["field"]))
        assert (category["row"], category["column"]) == (3, "ABCDEFGHIJKLMN"[letters["category"]])
        assert (category["value"], category["fix"], category["label"]) == ("注册护土", "注册护士", "执业类别")
        assert "下拉列表" in category["zh"]
        assert found[4][0]["fix"] == letter_o["id_number"]
        assert "文本" in found[5][0]["zh"]
        assert "第 2 行" in found[8][0]["zh"]
        assert found[9][0]["record_id"] == kept["record_id"]
        assert "在册样本" in found[9][0]["zh"]


@pytest.mark.requirement("IMP-4")
async def test_all_rows_are_taken_or_none_or_the_good_ones_and_the_same_file_twice_changes_nothing(
    hospital: Resumed,
) -> None:
    async with hospital() as one:
        form = await one.person.get("/forms/nurse")
        provider = {"provider_id": one.institution["record_id"]}
        good, bad = nurses(one, "好行样本", "坏行样本")
        content = of_values(form, [good, {**bad, "category": "无此类"}])

        async def listed(name: str) -> int:
            return len((await one.person.get("/nurses", params={**provider, "query": name}))["items"])

        refused = await imported(one, "nurse", content, **provider)
        assert (refused["state"], await listed("好行样本")) == ("refused", 0)
        marked = await one.person.get(f"/imports/{refused['import_id']}/workbook")
        sheet = load_workbook(io.BytesIO(marked)).worksheets[0]
        noted = [cell for row in sheet.iter_rows() for cell in row if cell.comment]
        assert [(cell.value, cell.fill.fill_type) for cell in noted] == [("无此类", "solid")]
        assert noted[0].comment is not None
        assert "字典中没有这一项" in noted[0].comment.text
        taken = await imported(one, "nurse", content, **provider, mode="good-rows")
        assert (taken["state"], taken["applied"], taken["wrong"]) == ("applied", 1, 1)
        assert (await listed("好行样本"), await listed("坏行样本")) == (1, 0)
        again = await imported(one, "nurse", content, **provider, mode="good-rows")
        assert again == taken
        assert await listed("好行样本") == 1
        # The mended workbook brings the rest; what is there already is reported.
        mended = await imported(one, "nurse", of_values(form, [bad]), **provider)
        assert (mended["applied"], await listed("坏行样本")) == (1, 1)


@pytest.mark.requirement("IMP-5", "IMP-8")
async def test_a_chain_imports_its_stores_and_each_stores_pharmacists(platform: Platform) -> None:
    async with a_journey(platform, kind=ChainJourney) as chain:
        assert isinstance(chain, ChainJourney)
        for step in (chain.register, chain.add_institution, chain.authorise, chain.nation_approves_mandate):
            await step()
        stores = await chain.person.get("/forms/pharmacy")

        def row(name: str, **more: Any) -> dict[str, Any]:
            numbers = Numbers.of_pharmacy(chain.place.county, chain.place.short_name, chain.chance)
            return {**chain.values(), "name": name, "uscc": numbers.uscc,
                    "licence_number": numbers.licence_number, **more}  # fmt: skip

        first = await chain.person.get(f"/pharmacies/{chain.entrusted[0]}")
        own = row(first["name"], **first["numbers"], address="新店址9号")
        rows = [own, *(row(f"{chain.place.chain}导入{n}店") for n in "甲乙")]
        content = of_values(stores, rows)
        reported = await imported(chain, "pharmacy", content)
        assert reported["state"] == "refused"
        [problem] = (await wrong(chain, reported["import_id"]))[2]
        assert (problem["code"], problem["record_id"]) == ("already-on-record", chain.entrusted[0])
        done = await imported(chain, "pharmacy", content, existing="change")
        assert (done["state"], done["applied"]) == ("applied", 3)
        changed = await chain.person.get(f"/pharmacies/{chain.entrusted[0]}")
        assert changed["values"]["address"] == "新店址9号"
        mine = await chain.person.get("/pharmacies/mine")
        assert len([each for each in mine["items"] if "导入" in each["name"]]) == 2
        pharmacists = await chain.person.get("/forms/pharmacist")
        book = of_values(pharmacists, [person(chain, "店药样本", PHARMACIST_DETAILS)])
        with pytest.raises(Refused) as unnamed:
            await imported(chain, "pharmacist", book)
        assert (unnamed.value.status, unnamed.value.code) == (422, "import-needs-provider")
        assert "按门店逐一导入" in unnamed.value.problem["title"]
        for store in chain.entrusted[:2]:
            done = await imported(chain, "pharmacist", book, provider_id=store)
            assert done["applied"] == 1
            listed = await chain.person.get("/pharmacists", params={"provider_id": store})
            assert [each["name"] for each in listed["items"]] == ["店药样本"]


@pytest.mark.requirement("IMP-6")
async def test_a_large_workbook_shows_its_progress_and_holds_nobody_up(hospital: Resumed) -> None:
    async with hospital() as one:
        form = await one.person.get("/forms/nurse")
        [values] = nurses(one, "大批样本")
        series = values["id_number"][6:14]
        rows = [{**values, "id_type": "08", "id_number": f"E{series}{n:05d}"} for n in range(5_000)]
        headers, query = {"Content-Type": XLSX}, {"kind": "nurse", "provider_id": one.institution["record_id"]}
        content = of_values(form, rows)
        began = await one.person.post("/imports", data=content, headers=headers, params=query)
        progress, longest = set[int](), 0.0
        while True:
            job = await one.person.get(f"/registry-jobs/{began['job_id']}")
            progress.add(job["done"])
            asked = time.monotonic()
            await one.person.get(f"/institutions/{one.institution['record_id']}")
            longest = max(longest, time.monotonic() - asked)
            if job["state"] == "succeeded":
                break
        assert (job["total"], job["done"], job["result"]["applied"]) == (5_000, 5_000, 5_000)
        assert len(progress) > 5
        assert longest < 2.0


@pytest.mark.requirement("IMP-7")
async def test_a_zip_of_papers_named_by_numbers_is_matched_to_the_staff(hospital: Resumed) -> None:
    async with hospital() as one:
        form = await one.person.get("/forms/nurse")
        provider = one.institution["record_id"]
        people = nurses(one, *(f"证书样本{n}" for n in "甲乙丙"))
        first, second, third = people
        second["certificate_number"] = first["id_number"][6:18].replace("X", "0")
        await imported(one, "nurse", of_values(form, people), provider_id=provider)
        papers = {
            f"证书/张三-{first['id_number']}.pdf": first,
            f"证书/{second['certificate_number']}.pdf": second,
            f"证书/{old_number(third['id_number'])}（扫描）.pdf": third,
            "证书/430302190012319999.pdf": None,
        }
        archive = zip_of([(name, as_pdf(picture("护士执业证书（样本）", [name]))) for name in papers])
        taken = await one.person.upload("/document-archives", archive, "application/zip", "证书.zip")
        await one.person.until(f"/documents-jobs/{taken['job_id']}", lambda seen: seen["ended_at"])
        entries = (await one.person.get(f"/document-archives/{taken['archive_id']}/entries"))["items"]
        given = [{"name": entry["name"], "receipt": entry["receipt"]} for entry in entries]
        body = {"provider_id": provider, "field": "certificate", "papers": given}
        results = (await one.person.post("/import-attachments/nurse", json=body))["results"]
        for result in results:
            somebody = papers[result["name"]]
            if somebody is None:
                assert (result["record_id"], result["problem"]["code"]) == (None, "paper-matches-nobody")
                assert result["name"] in result["problem"]["zh"]
                continue
            assert (result["record_name"], result["problem"]) == (somebody["name"], None)
            record = await one.person.get(f"/nurses/{result['record_id']}")
            assert record["attachments"]["certificate"]["name"].endswith(".pdf")
        assert len(results) == len(papers)
