"""The consumer of the feed, which receives every public event, whether or not a service does."""

from collections.abc import Sequence

from gateway.feed import store
from shared.contracts.catalogue import PUBLIC_EVENTS
from shared.messaging.inbox import Delivery
from shared.messaging.subscriptions import Subscriptions
from shared.messaging.topology import FEED
from shared.postgres.transaction import Transaction

subscriptions = Subscriptions("gateway")


@subscriptions.public_events(FEED, gather_seconds=0.05)
async def keep(tx: Transaction, deliveries: Sequence[Delivery]) -> None:
    """Stores events in order for each subject; events that may carry personal data are dropped."""
    public = [one for one in deliveries if one.envelope.type in PUBLIC_EVENTS]
    if public:
        await store.append(tx, public)
