"""Work lists and stored counts: they agree at any time, page by key, and use their indexes (REV-6)."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg

from services.review.rules.route import Unit
from services.review.store.reading import Query, list_statement
from shared.contracts.registry.events import SubjectKind
from shared.ids import new_id
from tests.environment import Environment
from tests.integration.review.review_fixtures import ReviewClients, decide, read, review_clients
from tests.unit.review.filings import HUNAN, NATION, XIANGTAN, XIANGXIANG, YUHU, a_filing, units_at

# One statement, one snapshot: what is kept beside what a recount gives, where they differ.
_DISAGREEMENTS = """
WITH counted AS (
    SELECT s.unit_id, s.kind, count(*) AS received, count(*) FILTER (WHERE s.state = 'to_do') AS to_do,
           count(*) FILTER (WHERE s.state = 'reported') AS reported,
           count(*) FILTER (WHERE s.state = 'returned') AS returned,
           count(*) FILTER (WHERE s.state = 'reported' AND c.stage = 'approved') AS finished
    FROM standing s JOIN review_case c USING (case_id) GROUP BY 1, 2
), kept AS (
    SELECT unit_id, kind, sum(received) AS received, sum(to_do) AS to_do, sum(reported) AS reported,
           sum(returned) AS returned, sum(finished) AS finished
    FROM tally GROUP BY 1, 2 HAVING sum(received) > 0
)
SELECT * FROM ((TABLE counted EXCEPT TABLE kept) UNION ALL (TABLE kept EXCEPT TABLE counted)) AS different
"""


async def test_counts_agree_with_a_recount_at_any_instant_of_a_random_walk(environment: Environment) -> None:
    chance = random.Random(20201119)
    units = units_at(NATION, HUNAN, XIANGTAN, YUHU, XIANGXIANG)
    regions = [YUHU, XIANGXIANG, "430304"]
    filings = [a_filing(region=chance.choice(regions), title=f"医院{number}") for number in range(24)]
    async with review_clients(environment, *units.values()) as at, environment.postgres("review") as postgres:
        async with _watched(environment):
            cases = await at.filed(*filings)
            decisions = await _walks(at, units, cases, chance)
            again = [
                a_filing(one.subject_id, submission=2, region=chance.choice(regions), title=one.title)
                for one in filings
            ]
            await at.filed(*again)
            decisions += await _walks(at, units, cases, chance)
        assert await postgres.fetch(_DISAGREEMENTS) == []
        counts = await read(await at.reviewer(units[NATION]), "/cases/counts")
        assert counts["received"] == counts["to_do"] + counts["reported"] + counts["returned"]
        assert counts["finished"] > 0
        for state in ("to_do", "reported", "returned", "finished"):
            listed = await read(await at.reviewer(units[NATION]), "/cases", state=state)
            assert len(listed["items"]) == counts[state]
    assert decisions > 100


@asynccontextmanager
async def _watched(environment: Environment) -> AsyncIterator[None]:
    """Compares stored counts with a recount continuously while the block runs."""
    async with environment.postgres("review") as postgres:
        watching = asyncio.create_task(_watch(postgres))
        try:
            yield
        finally:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching


async def _walks(at: ReviewClients, units: dict[str, Unit], cases: dict[UUID, UUID], chance: random.Random) -> int:
    seeds = {case_id: chance.randrange(2**32) for case_id in cases.values()}
    return sum(await asyncio.gather(*(_walk(at, units, case_id, seed) for case_id, seed in seeds.items())))


async def _watch(postgres: asyncpg.Connection) -> None:
    while True:
        assert await postgres.fetch(_DISAGREEMENTS) == []
        await asyncio.sleep(0)


async def _walk(at: ReviewClients, units: dict[str, Unit], case_id: UUID, seed: int) -> int:
    chance = random.Random(seed)
    nation = await at.reviewer(units[NATION])
    by_id = {str(unit.unit_id): unit for unit in units.values()}
    taken = 0
    for _ in range(12):
        view = await read(nation, f"/cases/{case_id}")
        if view["stage"] != "under_review":
            break
        holder = await at.reviewer(by_id[view["unit_id"]])
        decision = chance.choices(["approve", "send_down", "return"], [8, 2, 1])[0]
        reasons = [{"reason": "请更正"}] if decision == "return" else []
        status, _answer = await decide(holder, case_id, view["version"], decision, reasons=reasons)
        assert status in (200, 409)
        taken += status == 200
    return taken


async def test_lists_page_by_key_and_filter(environment: Environment) -> None:
    units = units_at(NATION, YUHU, XIANGXIANG)
    filings = [a_filing(title=f"湘潭市第{number}人民医院") for number in range(1, 8)]
    account = a_filing(kind=SubjectKind.ACCOUNT, title="张医院")
    elsewhere = a_filing(region=XIANGXIANG, title="湘乡市人民医院")
    async with review_clients(environment, *units.values()) as at, environment.postgres("review") as postgres:
        cases = await at.filed(*filings, account, elsewhere)
        county = await at.reviewer(units[YUHU])
        old = datetime.now(UTC) - timedelta(days=40)
        await postgres.execute(
            "UPDATE standing SET since = $2 WHERE case_id = $1", cases[filings[6].subject_id], old
        )
        titles, after = [], None
        while True:
            query = {"limit": 3} | ({"after": after} if after else {})
            page = await read(county, "/cases", **query)
            titles += [one["title"] for one in page["items"]]
            after = page["next"]
            if after is None:
                break
        assert sorted(titles) == sorted(one.title for one in filings)
        assert titles[0] == filings[6].title
        late = await read(county, "/cases", older_than_days=30)
        assert [one["title"] for one in late["items"]] == [filings[6].title]
        found = await read(county, "/cases", query="第３人民 医院")
        assert [one["title"] for one in found["items"]] == ["湘潭市第3人民医院"]
        assert [one["title"] for one in (await read(county, "/cases", query="5"))["items"]] == [filings[4].title]
        assert (await read(county, "/cases", query="院医"))["items"] == []
        nation = await at.reviewer(units[NATION])
        assert [one["title"] for one in (await read(nation, "/cases", kind="account"))["items"]] == ["张医院"]
        assert (await read(nation, "/cases", kind="institution"))["items"] == []
        for query in ({"after": "bm9uc2Vuc2U"}, {"state": "lost"}, {"limit": 0}):
            async with county.get("/cases", params=query) as answer:
                assert answer.status == 422


_FILL = """
INSERT INTO review_case (case_id, kind, subject_id, version, submission, title, searched, region, nation_only,
                         stage, unit_id, since, filed_by, filed_by_name)
SELECT gen_random_uuid(), CASE WHEN n % 100 = 0 THEN 'account' ELSE 'institution' END, gen_random_uuid(), 1, 1,
       t, t, '430302', false, 'under_review', $1, now() - n * interval '1 minute', gen_random_uuid(), ''
FROM generate_series(1, 20000) AS n, LATERAL (SELECT '第' || n || '卫生院' AS t) AS title
"""
_FILL_UNIT_STATUSES = """
INSERT INTO standing (case_id, unit_id, kind, state, since, finished)
SELECT case_id, holder, kind, CASE WHEN random() < 0.3 THEN 'to_do' ELSE 'reported' END, since, false
FROM review_case CROSS JOIN unnest($1::uuid[]) AS holder
"""
_FINISH = "UPDATE standing SET finished = true WHERE state = 'reported' AND random() < 0.9"


async def test_no_list_reads_through_a_whole_table(environment: Environment) -> None:
    units = units_at(NATION, HUNAN, XIANGTAN, YUHU, XIANGXIANG)
    async with review_clients(environment, *units.values()), environment.postgres("review") as postgres:
        ids = [unit.unit_id for unit in units.values()]
        await postgres.execute(_FILL, ids[0])
        await postgres.execute(_FILL_UNIT_STATUSES, ids)
        await postgres.execute(_FINISH)
        for table in ("review_case", "standing", "unit"):
            await postgres.execute(f"VACUUM ANALYZE {table}")
        now = datetime.now(UTC)
        middle = (now - timedelta(days=10), new_id())
        plans = {
            (state, kind, text): await _plan(postgres, Query(ids[0], state, kind, before, text, after, 51))
            for state in ("to_do", "reported", "returned", None)
            for kind in (None, "account")
            for before in (now - timedelta(days=7), None)
            for text, after in (("", None), ("", middle), ("第1711卫", None), ("院", middle))
        }
    whole = ("Seq Scan on standing", "Seq Scan on review_case")
    assert [wanted for wanted, plan in plans.items() if any(one in plan for one in whole)] == []
    serving = {
        ("to_do", None, ""): "standing_by_state",
        ("to_do", "account", ""): "standing_by_kind",
        (None, None, ""): "standing_finished ",
        (None, "account", ""): "standing_finished_by_kind",
        ("reported", None, "第1711卫"): "review_case_grams",
    }
    assert [wanted for wanted, index in serving.items() if index not in plans[wanted]] == []


async def _plan(postgres: asyncpg.Connection, wanted: Query) -> str:
    statement, parameters = list_statement(wanted)
    return "\n".join(row[0] for row in await postgres.fetch(f"EXPLAIN {statement}", *parameters))
