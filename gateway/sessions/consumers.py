"""The registry's events that the sessions consume."""

from functools import partial

from gateway.sessions import use_cases
from gateway.sessions.recognition import Recognition
from shared.contracts.registry.events import AccountAccessChanged
from shared.messaging.subscriptions import Subscriptions
from shared.postgres.transaction import Transaction


def subscriptions_of(recognition: Recognition) -> Subscriptions:
    """Builds the subscriptions of sessions; this process drops ended sessions from its cache at once."""
    subscriptions = Subscriptions("gateway")

    @subscriptions.each(AccountAccessChanged, queue="gateway.account-access-changed")
    async def account_access_changed(tx: Transaction, changed: AccountAccessChanged) -> None:
        """Ends the sessions of closed accounts, and those from before a changed password."""
        for id_hash in await use_cases.change_access(tx, changed):
            tx.after_commit(partial(recognition.forget, id_hash))

    return subscriptions
