"""Catch-up: resends a province its events since a time."""

import asyncio
from datetime import datetime

from gateway.feed import store
from shared.messaging.envelope import headers_of
from shared.messaging.publisher import publishing
from shared.messaging.topology import Topology, provincial_queue
from shared.postgres.pool import single_connection

PAGE = 500


async def catch_up(dsn: str, url: str, province: str, since: datetime) -> int:
    """Publishes the events in the feed's order with their ids; returns their number. Raises BrokerUnavailable."""
    connection = await single_connection(dsn, "gateway")
    try:
        async with publishing(url, "catch up", Topology(provinces=(province,))) as publisher:
            position = count = 0
            while page := await store.of_province(connection, province, since, position, PAGE):
                await asyncio.gather(
                    *(
                        publisher.publish(
                            "",
                            provincial_queue(province),
                            row["body"].encode(),
                            message_id=str(row["event_id"]),
                            headers=headers_of(row),
                        )
                        for row in page
                    )
                )
                position, count = page[-1]["position"], count + len(page)
            return count
    finally:
        await connection.close()
