"""The feed hears every event, whether anybody else does or not."""

from collections.abc import Sequence

from gateway.feed import store
from shared.messaging.inbox import Delivery
from shared.messaging.subscriptions import Subscriptions
from shared.messaging.topology import FEED
from shared.postgres.transaction import Transaction

subscriptions = Subscriptions("gateway")


@subscriptions.everything(FEED, gather_seconds=0.05)
async def keep(tx: Transaction, deliveries: Sequence[Delivery]) -> None:
    """Keeps whatever happened, so that an event that nobody consumes is still stored."""
    await store.append(tx, deliveries)
