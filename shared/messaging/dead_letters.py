"""Dead letters: lists messages that could not be handled with their reasons, replays them and drops them.

Reading holds messages without acknowledging them: when the connection closes, messages that were not replayed or
dropped return to their places in the queue.
"""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Mapping
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import aiohttp
from aio_pika.abc import AbstractConnection, AbstractIncomingMessage
from yarl import URL

from shared.messaging.envelope import ATTEMPT, ERROR, PREFIX, TRACE
from shared.messaging.publisher import BrokerUnavailable, Publisher, broker_answering, broker_connection
from shared.messaging.topology import dead_queue

_SHOWN = 20
_MANAGEMENT_TIMEOUT = aiohttp.ClientTimeout(30)
# The most that AMQP lets a consumer hold.
_HELD = 65_535
_PATIENCE_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message in the dead-letter queue of a consumer."""

    queue: str
    message: AbstractIncomingMessage

    @property
    def id(self) -> str:
        """The event's id; for a message without one, the beginning of its content's hash."""
        return self.message.message_id or f"sha256-{hashlib.sha256(self.message.body).hexdigest()[:16]}"

    @property
    def error(self) -> str:
        """The reason, from the consumer's header or else from the broker."""
        return str(self.message.headers.get(ERROR) or f"RabbitMQ: {_reason(self.message.headers)}")

    @property
    def headers(self) -> dict[str, Any]:
        """The headers before the first attempt."""
        ours = (ATTEMPT, ERROR, TRACE)
        return {
            name: value
            for name, value in self.message.headers.items()
            if name not in ours and not name.startswith("x-")
        }

    def describe(self) -> str:
        """Describes the letter for a person."""
        facts = {
            "id": self.id,
            "queue": self.queue,
            **{name.removeprefix(PREFIX): value for name, value in self.headers.items()},
            "attempts": self.message.headers.get(ATTEMPT, "?"),
            "error": self.error,
        }
        lines = [f"{name:<14} {value}" for name, value in facts.items()]
        body = self.message.body.decode("utf-8", errors="backslashreplace")
        return "\n".join([*lines, str(self.message.headers.get(TRACE, "")).rstrip(), body, ""])


def _reason(headers: Mapping[str, Any]) -> str:
    deaths = headers.get("x-death") or [{}]
    return str(deaths[0].get("reason", "?"))


async def dead_queues(url: str, management_url: str) -> dict[str, int]:
    """Counts the dead letters of each consumer's queue, from the broker's management interface."""
    names = await _queue_names(management_url, unquote(urlsplit(url).path[1:]) or "/")
    async with broker_connection(url, "dead letters") as connection, _channel(connection) as channel:
        found = {}
        for name in names:
            if name.endswith(dead_queue("")):
                queue = await channel.declare_queue(name, passive=True)
                found[name.removesuffix(dead_queue(""))] = int(queue.declaration_result.message_count or 0)
    return {name: count for name, count in sorted(found.items()) if count}


async def _queue_names(management_url: str, vhost: str) -> list[str]:
    parts = urlsplit(management_url)
    login = aiohttp.encode_basic_auth(unquote(parts.username or "guest"), unquote(parts.password or "guest"))
    address = f"{parts.scheme}://{parts.hostname}:{parts.port}/api/queues/{quote(vhost, safe='')}"
    try:
        async with (
            aiohttp.ClientSession(headers={"Authorization": login}, timeout=_MANAGEMENT_TIMEOUT) as session,
            session.get(URL(address, encoded=True), params={"columns": "name"}) as answer,
        ):
            answer.raise_for_status()
            return [queue["name"] for queue in await answer.json()]
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise BrokerUnavailable(f"{address}: {error}") from error


async def letters(connection: AbstractConnection, queue: str) -> AsyncGenerator[DeadLetter, None]:
    """Holds and returns the current dead letters of a consumer's queue, the oldest first.

    It fetches all before the first is used: a quorum queue puts a returned message behind those returned before,
    so only one consumer that holds the whole queue returns it in order.
    """
    taken: list[AbstractIncomingMessage] = []
    arrived = asyncio.Event()

    async def take(message: AbstractIncomingMessage) -> None:
        taken.append(message)
        arrived.set()

    try:
        async with _channel(connection) as channel:
            await channel.set_qos(prefetch_count=_HELD)
            dead = await channel.declare_queue(dead_queue(queue), passive=True)
            count = min(int(dead.declaration_result.message_count or 0), _HELD)
            await dead.consume(take)
            # If nothing more arrives, another reader holds the rest.
            while len(taken) < count and await _within(_PATIENCE_SECONDS, arrived):
                arrived.clear()
            for message in taken[:count]:
                yield DeadLetter(queue, message)
    finally:
        await _wait_until_returned(connection, queue, sum(not message.processed for message in taken))


async def _within(seconds: float, event: asyncio.Event) -> bool:
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
    return event.is_set()


async def _wait_until_returned(connection: AbstractConnection, queue: str, count: int) -> None:
    """Waits until the messages that were only read are in their queue again."""
    with suppress(BrokerUnavailable, TimeoutError):
        async with asyncio.timeout(_PATIENCE_SECONDS), _channel(connection) as channel:
            ready = 0
            while ready < count:
                dead = await channel.declare_queue(dead_queue(queue), passive=True)
                ready = int(dead.declaration_result.message_count or 0)
                await asyncio.sleep(0.01)


@asynccontextmanager
async def _channel(connection: AbstractConnection) -> AsyncIterator[Any]:
    with broker_answering():
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        try:
            yield channel
        finally:
            if not channel.is_closed:
                await channel.close()


async def read(url: str, queue: str, ids: Collection[str] = (), at_most: int = _SHOWN) -> list[DeadLetter]:
    """Returns the oldest dead letters of a queue, or those with the ids, without changing anything."""
    found: list[DeadLetter] = []
    async with (
        broker_connection(url, "dead letters") as connection,
        aclosing(letters(connection, queue)) as found_letters,
    ):
        async for letter in found_letters:
            if not ids or letter.id in ids:
                found.append(letter)
            if len(found) >= at_most:
                break
    return found


async def replay(url: str, queue: str, ids: Collection[str] = ()) -> int:
    """Moves dead letters (all, or those with the ids) back to their queue as if never tried.

    A letter leaves the dead-letter queue after its queue has confirmed it; a crash between the two duplicates it,
    and the inbox recognises the duplicate.
    """
    count = 0
    async with (
        broker_connection(url, "dead letters") as connection,
        _channel(connection) as channel,
        aclosing(letters(connection, queue)) as found_letters,
    ):
        publisher = await Publisher.on(connection, channel)
        async for letter in found_letters:
            if not ids or letter.id in ids:
                identity = letter.message.message_id or ""
                body, headers = letter.message.body, letter.headers
                await publisher.publish("", queue, body, message_id=identity, headers=headers)
                await letter.message.ack()
                count += 1
    return count


async def drop(url: str, queue: str, ids: Collection[str] | None) -> int:
    """Deletes the dead letters with the ids permanently, or all for None."""
    count = 0
    async with (
        broker_connection(url, "dead letters") as connection,
        aclosing(letters(connection, queue)) as found_letters,
    ):
        async for letter in found_letters:
            if ids is None or letter.id in ids:
                await letter.message.ack()
                count += 1
    return count
