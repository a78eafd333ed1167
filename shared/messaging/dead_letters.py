"""Dead letters: which messages could not be handled and why; handing them back, or dropping them.

    python -m shared.messaging dead list | show | replay | drop

Whoever reads holds messages without acknowledging them: what is not replayed or dropped goes back to its place
when the connection closes, in the order in which it lay there.
"""

import argparse
import asyncio
import hashlib
import os
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import aiohttp
from aio_pika.abc import AbstractConnection, AbstractIncomingMessage
from yarl import URL

from shared.messaging.consuming import ATTEMPT, ERROR, TRACE
from shared.messaging.envelope import PREFIX
from shared.messaging.publisher import BrokerUnavailable, Publisher, broker_answering, broker_connection
from shared.messaging.topology import dead_queue

BROKER_URL = "FUMA_RABBITMQ_URL"
MANAGEMENT_URL = "FUMA_RABBITMQ_MANAGEMENT_URL"
_USUAL_MANAGEMENT_PORT = 15672
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that lies in the dead-letter queue of a consumer."""

    queue: str
    message: AbstractIncomingMessage

    @property
    def id(self) -> str:
        """The event's id; for a message that bears none, the beginning of its content's hash."""
        return self.message.message_id or f"sha256-{hashlib.sha256(self.message.body).hexdigest()[:16]}"

    @property
    def error(self) -> str:
        """Why it could not be handled: our consumer's word, or else the broker's."""
        return str(self.message.headers.get(ERROR) or f"RabbitMQ: {_reason(self.message.headers)}")

    @property
    def headers(self) -> dict[str, Any]:
        """Its headers as they were before the first attempt."""
        ours = (ATTEMPT, ERROR, TRACE)
        return {
            name: value
            for name, value in self.message.headers.items()
            if name not in ours and not name.startswith("x-")
        }

    def told(self) -> str:
        """All that is known of it, for a person to read."""
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
    """The consumers' queues that have dead letters, with how many; the broker's management knows the names."""
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
    login = aiohttp.BasicAuth(unquote(parts.username or "guest"), unquote(parts.password or "guest"))
    address = f"{parts.scheme}://{parts.hostname}:{parts.port}/api/queues/{quote(vhost, safe='')}"
    try:
        async with (
            aiohttp.ClientSession(auth=login, timeout=aiohttp.ClientTimeout(30)) as session,
            session.get(URL(address, encoded=True), params={"columns": "name"}) as answer,
        ):
            answer.raise_for_status()
            return [queue["name"] for queue in await answer.json()]
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise BrokerUnavailable(f"{address}: {error} ({MANAGEMENT_URL})") from error


async def letters(connection: AbstractConnection, queue: str) -> AsyncGenerator[DeadLetter, None]:
    """The dead letters of a consumer's queue that lie there now, oldest first, held while they are read."""
    async with _channel(connection) as channel:
        dead = await channel.declare_queue(dead_queue(queue), passive=True)
        for _ in range(int(dead.declaration_result.message_count or 0)):
            message = await dead.get(no_ack=False, fail=False)
            if message is None:
                return
            yield DeadLetter(queue, message)


@asynccontextmanager
async def _channel(connection: AbstractConnection) -> AsyncIterator[Any]:
    with broker_answering():
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        try:
            yield channel
        finally:
            if not channel.is_closed:
                await channel.close()


async def shown(url: str, queue: str, ids: Collection[str] = (), at_most: int = _SHOWN) -> list[DeadLetter]:
    """The oldest dead letters of a queue, or those with the ids, as they lie there; nothing is changed."""
    found: list[DeadLetter] = []
    async with (
        broker_connection(url, "dead letters") as connection,
        aclosing(letters(connection, queue)) as lying,
    ):
        async for letter in lying:
            if not ids or letter.id in ids:
                found.append(letter)
            if len(found) >= at_most:
                break
    return found


async def replayed(url: str, queue: str, ids: Collection[str] = ()) -> int:
    """Hands dead letters (all, or those with the ids) back to their queue as if they had never been tried.

    A letter leaves the dead-letter queue once its queue has confirmed it; between the two a crash makes it
    come twice, which the inbox recognises.
    """
    count = 0
    async with broker_connection(url, "dead letters") as connection, _channel(connection) as channel:
        publisher = Publisher(connection, channel)
        async for letter in letters(connection, queue):
            if not ids or letter.id in ids:
                identity = letter.message.message_id or ""
                body, headers = letter.message.body, letter.headers
                await publisher.publish("", queue, body, message_id=identity, headers=headers)
                await letter.message.ack()
                count += 1
    return count


async def dropped(url: str, queue: str, ids: Collection[str] | None) -> int:
    """Removes the dead letters with the ids, or all where that is said by None, for good."""
    count = 0
    async with broker_connection(url, "dead letters") as connection:
        async for letter in letters(connection, queue):
            if ids is None or letter.id in ids:
                await letter.message.ack()
                count += 1
    return count


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; 0 where it did what was asked."""
    options = _options(arguments)
    url = os.environ.get(BROKER_URL)
    if not url:
        sys.stderr.write(f"请设置 {BROKER_URL} / {BROKER_URL} is not set\n")
        return 2
    try:
        told, done = asyncio.run(_run(url, options))
    except BrokerUnavailable as unavailable:
        sys.stderr.write(f"RabbitMQ 未完成操作 / RabbitMQ did not do it: {unavailable}\n")
        return 1
    sys.stdout.write(f"{told}\n")
    return 0 if done else 1


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dead", description="死信：未能处理的消息 / Dead letters")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="哪些队列有死信 / which queues have dead letters")
    one = commands.add_parser("show", help="查看内容与错误 / messages with their errors")
    one.add_argument("--limit", type=int, default=_SHOWN)
    one.add_argument("--id", action="append", default=[])
    one = commands.add_parser("replay", help="重新处理（不给 --id 则全部） / hand back, all without --id")
    one.add_argument("--id", action="append", default=[])
    one = commands.add_parser("drop", help="永久删除 / remove for good")
    which = one.add_mutually_exclusive_group(required=True)
    which.add_argument("--id", action="append", default=[])
    which.add_argument("--all", action="store_true")
    for name in ("show", "replay", "drop"):
        commands.choices[name].add_argument("--queue", required=True, type=_consumer_queue)
    return parser.parse_args(arguments)


def _consumer_queue(text: str) -> str:
    return text.removesuffix(dead_queue(""))


async def _run(url: str, options: argparse.Namespace) -> tuple[str, bool]:
    """What to tell, and whether what was asked for was there."""
    if options.command == "list":
        found = await dead_queues(url, os.environ.get(MANAGEMENT_URL) or _usual_management_url(url))
        lines = [f"{count:>8}  {name}" for name, count in found.items()]
        return "\n".join(lines) or "没有死信 / no dead letters", True
    if options.command == "show":
        dead = await shown(url, options.queue, options.id, options.limit)
        return "\n".join(letter.told() for letter in dead) or "没有这样的死信 / none", bool(dead or not options.id)
    if options.command == "replay":
        count = await replayed(url, options.queue, options.id)
        return f"已送回 {count} 条 / {count} handed back", count >= len(set(options.id))
    count = await dropped(url, options.queue, None if options.all else options.id)
    return f"已删除 {count} 条 / {count} removed", count >= len(set(options.id))


def _usual_management_url(url: str) -> str:
    parts = urlsplit(url)
    login = f"{parts.username}:{parts.password}@" if parts.username else ""
    return f"http://{login}{parts.hostname}:{_USUAL_MANAGEMENT_PORT}"


if __name__ == "__main__":
    sys.exit(main())
