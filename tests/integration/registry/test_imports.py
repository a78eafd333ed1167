"""Imports of workbooks: what is understood, what is refused, and that nothing is half done."""

import asyncio
import csv
import io
from typing import Any
from uuid import UUID

import aiohttp
import pytest
from openpyxl import load_workbook
from openpyxl.comments import Comment

from tests.environment import Environment
from tests.integration.registry.registry_fixtures import a_maintainer, answer_of, authorised, reads
from tests.integration.registry.test_staff import ID_15, ID_18, hospitals, nurse, physician, post
from tests.samples import PHARMACY_DETAILS
from tests.workbooks import cells_of, of_values, workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def imported(
    client: aiohttp.ClientSession, kind: str, content: bytes, *, ends: str | None = "applied", **query: str
) -> dict[str, Any]:
    """The import of a workbook, once it has ended."""
    answer = await client.post(
        "/imports", data=content, params={"kind": kind, **query}, headers={"Content-Type": XLSX}
    )
    one = await answer_of(answer, 202)
    return one if ends is None else await reads(client, f"/imports/{one['import_id']}", state=ends)


async def refused(client: aiohttp.ClientSession, kind: str, content: bytes, status: int, **query: str) -> str:
    """The code of the refusal of a workbook."""
    answer = await client.post(
        "/imports", data=content, params={"kind": kind, **query}, headers={"Content-Type": XLSX}
    )
    return str((await answer_of(answer, status))["code"])


async def errors_of(client: aiohttp.ClientSession, one: dict[str, Any]) -> dict[int, dict[str, dict[str, Any]]]:
    """What is wrong, by row and field."""
    page = await answer_of(await client.get(f"/imports/{one['import_id']}/errors"), 200)
    return {row["number"]: {each["field"]: each for each in row["problems"]} for row in page["items"]}


def people(count: int, **more: Any) -> list[dict[str, Any]]:
    """Nurses of other countries, who have passports."""
    return [nurse(id_type="08", id_number=f"E1000{n:04d}", name="李四", **more) for n in range(count)]


async def test_a_workbook_of_staff_is_checked_and_written_once(environment: Environment) -> None:
    async with environment.running("registry"):
        caller = await a_maintainer(environment)
        async with environment.client("registry", caller) as client:
            [provider] = await hospitals(environment, client, caller, 1)
            form = await answer_of(await client.get("/forms/nurse"), 200)
            content = of_values(form, people(900))
            one = await imported(client, "nurse", content, provider_id=provider, name="护士.xlsx")
            assert (one["rows"], one["applied"], one["wrong"]) == (900, 900, 0)
            again = await imported(client, "nurse", content, ends=None, provider_id=provider, name="别名.xlsx")
            assert again["import_id"] == one["import_id"]
            page = await answer_of(
                await client.get("/nurses", params={"provider_id": provider, "limit": 200}), 200
            )
            assert len(page["items"]) == 200
            path = f"/nurses/{page['items'][0]['record_id']}"
            record = await answer_of(await client.get(path), 200)
            assert (record["missing"], record["values"]["name"]) == ([], "李四")
            found = await answer_of(await client.get("/nurses", params={"query": "李四"}), 200)
            assert len(found["items"]) == 50
            job = await answer_of(await client.get(f"/registry-jobs/{one['job_id']}"), 200)
            assert (job["done"], job["total"]) == (900, 900)
            async with environment.postgres("registry") as rows:
                assert await rows.fetchval("SELECT count(*) FROM nurse") == 900
                assert await rows.fetchval("SELECT count(*) FROM practitioner") == 900
                kept = await rows.fetchval("SELECT string_agg(encode(cells, 'escape'), '') FROM import_row")
                assert "E1000" not in kept


async def test_every_wrong_cell_is_named_at_once_and_nothing_is_written(environment: Environment) -> None:
    async with environment.running("registry"):
        caller = await a_maintainer(environment)
        async with environment.client("registry", caller) as client:
            [provider] = await hospitals(environment, client, caller, 1)
            form = await answer_of(await client.get("/forms/physician"), 200)
            await post(client, provider, physician(name="在册"))
            wrong = [
                physician(id_type="08", id_number="E20000001", category="临庆", contract_from="2024年13月1日"),
                physician(id_number="4303021900O1010O16", name="好人<script>", sex="男性"),
                physician(certificate_number=1.10430000001234e17, id_type="08", id_number="E20000002"),
                physician(name="重复"),
                physician(id_type="08", id_number="E20000003", qualification_number=None),
                physician(id_type="08", id_number="E20000003"),
                physician(id_type="08", id_number="E20000004"),
            ]
            content = of_values(form, wrong, above=2)
            one = await imported(client, "physician", content, ends="refused", provider_id=provider)
            assert (one["rows"], one["wrong"], one["applied"]) == (7, 6, 0)
            found = await errors_of(client, one)
            assert {
                row: {name: each["code"] for name, each in fields.items()} for row, fields in found.items()
            } == {
                4: {"category": "not-in-dictionary", "contract_from": "date-not-existing"},
                5: {"id_number": "id-number-character", "name": "name-character", "sex": "not-in-dictionary"},
                6: {"certificate_number": "number-lost-to-format"},
                7: {"id_number": "already-on-record"},
                8: {"qualification_number": "missing"},
                9: {"id_number": "twice-in-workbook"},
            }
            assert (found[4]["category"]["fix"], found[5]["id_number"]["fix"]) == ("临床", ID_18)
            assert (found[4]["category"]["row"], found[4]["category"]["column"]) == (4, "M")
            assert found[5]["id_number"]["value"] == "4303021900O1010O16"
            assert "在册" in found[7]["id_number"]["zh"]
            UUID(found[7]["id_number"]["record_id"])
            async with environment.postgres("registry") as rows:
                assert await rows.fetchval("SELECT count(*) FROM physician") == 1
            marked = await (await client.get(f"/imports/{one['import_id']}/workbook")).read()
            sheet = load_workbook(io.BytesIO(marked)).worksheets[0]
            comment = sheet["M2"].comment
            assert isinstance(comment, Comment)
            assert "临床" in comment.text
            assert sheet["M2"].fill.fgColor.rgb.endswith("FFC7CE")
            # The good rows are taken where that is asked for, and the others stay wrong.
            good = await imported(
                client, "physician", content, provider_id=provider, mode="good-rows", existing="refuse"
            )
            assert (good["applied"], good["wrong"]) == (1, 6)


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2024.1.1", "2024-01-01"),
        ("2024年1月1日", "2024-01-01"),
        ("20240101", "2024-01-01"),
        ("2024/1/1", "2024-01-01"),
        ("２０２４－０１－０１", "2024-01-01"),
        (45292, "2024-01-01"),
        (20240101, "2024-01-01"),
    ],
)
async def test_what_is_safe_is_understood(environment: Environment, cell: object, day: str) -> None:
    async with environment.running("registry"):
        caller = await a_maintainer(environment)
        async with environment.client("registry", caller) as client:
            [provider] = await hospitals(environment, client, caller, 1)
            form = await answer_of(await client.get("/forms/nurse"), 200)
            values = nurse(
                contract_from=cell,
                contract_until="长期",
                id_number=ID_15,
                category="注册护士",
                title="254 护师",
                staff_state=1,
                certificate_number="２０１２４３０００１２３",
            )
            await imported(client, "nurse", of_values(form, [values], above=3), provider_id=provider)
            page = await answer_of(await client.get("/nurses", params={"query": ID_18}), 200)
            record = await answer_of(await client.get(f"/nurses/{page['items'][0]['record_id']}"), 200)
            assert (record["values"]["contract_from"], record["values"]["contract_long_term"]) == (day, True)
            assert (record["values"]["id_number"], record["values"]["category"]) == (ID_18, "21")
            assert (record["values"]["title"], record["values"]["certificate_number"]) == ("254", "201243000123")


async def test_csv_in_gb_18030_with_renamed_and_further_columns_is_read(environment: Environment) -> None:
    async with environment.running("registry"):
        caller = await a_maintainer(environment)
        async with environment.client("registry", caller) as client:
            [provider] = await hospitals(environment, client, caller, 1)
            form = await answer_of(await client.get("/forms/nurse"), 200)
            headings, row = cells_of(of_values(form, [nurse()]))
            headings[headings.index("护士执业证书编号")] = "护士执业证编号"
            out = io.StringIO()
            csv.writer(out).writerows([["备注", *headings], ["甲", *row]])
            one = await imported(client, "nurse", out.getvalue().encode("gb18030"), provider_id=provider)
            assert (one["applied"], one["ignored"]) == (1, ["备注"])


async def test_a_chain_changes_the_stores_that_exist_and_adds_the_others(environment: Environment) -> None:
    async with environment.running("registry"):
        caller = await a_maintainer(environment)
        async with environment.client("registry", caller) as client:
            form = await answer_of(await client.get("/forms/pharmacy"), 200)

            def store(number: int, **more: Any) -> dict[str, Any]:
                names = {"name": f"湘潭市平安大药房{number}店", "uscc": "91350100M000100Y43"}
                licence = {"licence_number": f"湘DA73100{number:04d}", "pooling_region": "430302"}
                return {**PHARMACY_DETAILS, **names, **licence, **more}

            await imported(client, "pharmacy", of_values(form, [store(1), store(2)]))
            mine = await answer_of(await client.get("/pharmacies/mine"), 200)
            first = next(each["record_id"] for each in mine["items"] if each["name"].endswith("1店"))
            await authorised(environment, client, caller, first, scopes=("pharmacy",))
            changed = of_values(form, [store(1, address="新址1号"), store(3)])
            reported = await imported(client, "pharmacy", changed, ends="refused")
            assert [row["name"]["code"] for row in (await errors_of(client, reported)).values()] == [
                "already-on-record"
            ]
            one = await imported(client, "pharmacy", changed, existing="change")
            assert (one["rows"], one["applied"]) == (2, 2)
            mine = await answer_of(await client.get("/pharmacies/mine"), 200)
            assert len({each["name"] for each in mine["items"]}) == 3
            changed_one = await answer_of(await client.get(f"/pharmacies/{first}"), 200)
            assert changed_one["values"]["address"] == "新址1号"


async def test_two_imports_of_the_same_people_at_once_write_them_once(environment: Environment) -> None:
    async with environment.running("registry"):
        caller = await a_maintainer(environment)
        async with environment.client("registry", caller) as client:
            [provider] = await hospitals(environment, client, caller, 1)
            form = await answer_of(await client.get("/forms/nurse"), 200)
            books = [of_values(form, people(60, title=title)) for title in ("253", "254")]
            started = await asyncio.gather(
                *(imported(client, "nurse", one, ends=None, provider_id=provider) for one in books)
            )
            paths = [f"/registry-jobs/{one['job_id']}" for one in started]
            done = [await reads(client, path, state="succeeded") for path in paths]
            assert sorted(one["result"]["applied"] for one in done) == [0, 60]
            async with environment.postgres("registry") as rows:
                assert await rows.fetchval("SELECT count(*) FROM nurse") == 60


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 422, "workbook-empty"),
        (b"PK\x03\x04 no archive", 422, "workbook-unreadable"),
        (b"\x00\x01\x02" * 50, 422, "workbook-unreadable"),
        (workbook([], []), 422, "workbook-empty"),
        (workbook(["甲", "乙"], [["1", "2"]]), 422, "import-columns-missing"),
        (b"a," * 300 + b"\n", 413, "workbook-too-large"),
    ],
)
async def test_what_is_no_workbook_of_ours_is_refused(
    environment: Environment, content: bytes, status: int, code: str
) -> None:
    async with environment.running("registry"):
        caller = await a_maintainer(environment)
        async with environment.client("registry", caller) as client:
            assert await refused(client, "pharmacy", content, status) == code
            assert await refused(client, "institution", content, 404) == "no-such-import"
            assert await refused(client, "nurse", content, 422) == "import-needs-provider"


async def test_nobody_imports_staff_of_a_provider_that_they_do_not_maintain(environment: Environment) -> None:
    async with environment.running("registry"):
        caller, outsider = await a_maintainer(environment), await a_maintainer(environment)
        async with environment.client("registry", caller) as client:
            [provider] = await hospitals(environment, client, caller, 1)
            form = await answer_of(await client.get("/forms/nurse"), 200)
        async with environment.client("registry", outsider) as client:
            assert (
                await refused(client, "nurse", of_values(form, people(1)), 404, provider_id=provider)
                == "not-found"
            )


async def test_a_cell_that_looks_like_a_formula_stays_text(environment: Environment) -> None:
    async with environment.running("registry"):
        caller = await a_maintainer(environment)
        async with environment.client("registry", caller) as client:
            [provider] = await hospitals(environment, client, caller, 1)
            form = await answer_of(await client.get("/forms/nurse"), 200)
            out = io.StringIO()
            headings, row = cells_of(of_values(form, [nurse()]))
            row[0] = "=HYPERLINK(1)"
            csv.writer(out).writerows([headings, row])
            one = await imported(client, "nurse", out.getvalue().encode(), ends="refused", provider_id=provider)
            marked = await (await client.get(f"/imports/{one['import_id']}/workbook")).read()
            cell = load_workbook(io.BytesIO(marked)).worksheets[0]["A2"]
            assert (cell.value, cell.data_type) == ("=HYPERLINK(1)", "s")


async def test_the_template_has_drop_downs_text_columns_and_dictionaries(environment: Environment) -> None:
    async with environment.running("registry"):
        caller = await a_maintainer(environment)
        async with environment.client("registry", caller) as client:
            content = await (await client.get("/import-templates/physician")).read()
            book = load_workbook(io.BytesIO(content))
            sheet, lists, _notes = book.worksheets
            headings = [cell.value for cell in sheet[1]]
            assert "*身份证件号码" in headings
            assert {"合同起始时间", "合同截止时间"} <= set(headings)
            letter = sheet.cell(1, headings.index("*身份证件号码") + 1).column_letter
            assert sheet.column_dimensions[letter].number_format == "@"
            scopes = [cell.value for column in lists.iter_cols() for cell in column if cell.value]
            assert "11 内科专业" in scopes
            ranges = {str(one.sqref) for one in sheet.data_validations.dataValidation}
            assert any(one.startswith("M2:") for one in ranges)
