"""What must be so after the drill: nothing lost, nothing doubled, nothing dead, everything in order."""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import aio_pika
import asyncpg

from deploy.laptop.drill.faults import superuser
from deploy.laptop.stack.platform import Platform
from deploy.settings_table import PROCESSES
from shared.contracts.coding.events import CodeAssigned
from shared.contracts.registry.events import ProviderApproved
from shared.contracts.review.events import CaseApproved, CaseMoved, CaseOpened
from shared.messaging.dead_letters import dead_queues
from shared.messaging.topology import FEED, UNROUTED
from shared.postgres import audit

SETTLE_SECONDS = 60
# What the feed has of one institution that four levels approved.
EXPECTED = Counter(
    {CaseOpened.type: 1, CaseMoved.type: 3, CaseApproved.type: 1, ProviderApproved.type: 1, CodeAssigned.type: 1}
)
_TALLIES = """
WITH kept AS (
    SELECT unit_id, kind, sum(to_do) AS to_do, sum(reported) AS reported, sum(returned) AS returned,
           sum(finished) AS finished
    FROM review.tally GROUP BY unit_id, kind
), counted AS (
    SELECT unit_id, kind, count(*) FILTER (WHERE state = 'to_do') AS to_do,
           count(*) FILTER (WHERE state = 'reported') AS reported,
           count(*) FILTER (WHERE state = 'returned') AS returned, count(*) FILTER (WHERE finished) AS finished
    FROM review.standing GROUP BY unit_id, kind
)
SELECT count(*) FROM kept FULL JOIN counted USING (unit_id, kind)
WHERE (kept.to_do, kept.reported, kept.returned, kept.finished)
      IS DISTINCT FROM (counted.to_do, counted.reported, counted.returned, counted.finished)
"""
_FEED = """
SELECT event_id, type, subject_id, subject_version FROM gateway.feed
WHERE subject_id = ANY($1::uuid[]) ORDER BY position
"""
_CODES = "SELECT subject_id FROM coding.holder WHERE code IS NOT NULL AND subject_id = ANY($1::uuid[])"
_SERIALS = """
SELECT prefix || prefecture AS prefecture, last,
       (SELECT count(*) FROM coding.holder WHERE starts_with(code, prefix || prefecture)) AS given
FROM coding.counter
"""


async def complaints(platform: Platform, institutions: Sequence[str]) -> list[str]:
    """What is not as it must be, once everything has come to rest."""
    await asyncio.to_thread(platform.wait_ready, SETTLE_SECONDS)
    broker = platform.describe()["rabbitmq"]
    ids = [UUID(one) for one in institutions]
    async with superuser(platform) as connection:
        found = [*await _at_rest(connection, broker["url"], ids), *await _trails(connection)]
        if wrong := await connection.fetchval(_TALLIES):
            found.append(f"{wrong} tallies differ from what they count")
    dead = await dead_queues(broker["url"], broker["management"])
    return [*found, *(f"{count} dead letters of {queue}" for queue, count in dead.items())]


async def _at_rest(connection: asyncpg.Connection, broker_url: str, institutions: Sequence[UUID]) -> list[str]:
    """Waits until nothing waits and nothing is missing; returns what still is when the time is over.

    A queue does not count the messages that its consumer holds: only the feed shows that they have arrived.
    """
    end = time.monotonic() + SETTLE_SECONDS
    while unfinished := [
        *await _waiting(connection),
        *await _queued(broker_url, FEED),
        *await _feed(connection, institutions),
        *await _codes(connection, institutions),
    ]:
        if time.monotonic() > end:
            break
        await asyncio.sleep(0.2)
    return [*unfinished, *await _queued(broker_url, UNROUTED)]


async def _waiting(connection: asyncpg.Connection) -> list[str]:
    counts = {
        process: await connection.fetchval(f"SELECT count(*) FROM {process}.outbox") for process in PROCESSES
    }
    return [f"{count} events wait in the outbox of {process}" for process, count in counts.items() if count]


async def _queued(broker_url: str, queue: str) -> list[str]:
    async with await aio_pika.connect(broker_url) as broker:
        declared = await (await broker.channel()).declare_queue(queue, passive=True)
        count = declared.declaration_result.message_count
    return [f"{count} messages lie in {queue}"] if count else []


async def _feed(connection: asyncpg.Connection, institutions: Sequence[UUID]) -> list[str]:
    rows = await connection.fetch(_FEED, institutions)
    types: dict[UUID, Counter[str]] = defaultdict(Counter)
    last: dict[tuple[str, UUID], int] = {}
    late = 0
    for row in rows:
        types[row["subject_id"]][row["type"]] += 1
        key = (row["type"].partition(".")[0], row["subject_id"])
        late += row["subject_version"] < last.get(key, 0)
        last[key] = row["subject_version"]
    wrong = {str(one): dict(types[one]) for one in institutions if types[one] != EXPECTED}
    return [
        *(f"the feed has of {one}: {found}" for one, found in wrong.items()),
        *([f"{late} events of the feed lie behind later ones"] if late else []),
    ]


async def _codes(connection: asyncpg.Connection, institutions: Sequence[UUID]) -> list[str]:
    coded = Counter(row["subject_id"] for row in await connection.fetch(_CODES, institutions))
    wrong = [one for one in institutions if coded[one] != 1]
    serials: list[Any] = await connection.fetch(_SERIALS)
    return [
        *(f"{one} has {coded[one]} codes" for one in wrong),
        *(
            f"{row['prefecture']}: {row['given']} codes, last serial {row['last']}"
            for row in serials
            if row["given"] != row["last"]
        ),
    ]


async def _trails(connection: asyncpg.Connection) -> list[str]:
    found = []
    for process in PROCESSES:
        await connection.execute(f"SET search_path = {process}")
        breaks = await audit.verify(connection)
        found += [f"the audit trail of {process} is broken: {one}" for one in breaks]
    return found
