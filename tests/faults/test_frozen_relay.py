"""A relay whose process is frozen, or whose host is gone, does not delay the events of other replicas."""

import asyncio
import signal
import time

from shared.messaging import outbox
from shared.messaging.relay import LEASE_SECONDS, Relay
from shared.messaging.topology import Topology
from shared.postgres.pool import connected
from shared.postgres.transaction import Cause, UnitOfWork
from tests.environment import Environment, until
from tests.faults.coding_replicas import coding_replicas
from tests.integration.shared.fakes import assigned


async def test_another_replica_publishes_within_seconds_after_the_leader_freezes(environment: Environment) -> None:
    async with (
        environment.listening("coding.#") as received,
        environment.postgres("coding") as rows,
        coding_replicas(environment, 1) as [replica],
        connected(environment.dsn("coding"), "coding", 2) as pool,
    ):
        await until(lambda: outbox.holder(rows, "coding"), what="a leader")
        assert replica.process is not None
        assert await outbox.holder(rows, "coding") == replica.process.pid
        relay = Relay("coding", environment.dsn("coding"), environment.amqp("coding"), Topology())
        relay.pool = pool
        running = asyncio.create_task(relay.run())
        replica.process.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        try:
            async with UnitOfWork(pool).begin(Cause.itself()) as tx:
                tx.record(assigned())

            async def published() -> bool:
                return bool(received)

            await until(published, what="the event, by another leader")
            assert time.monotonic() - began < LEASE_SECONDS + 3
        finally:
            replica.process.send_signal(signal.SIGCONT)
            running.cancel()
            await asyncio.wait({running})
