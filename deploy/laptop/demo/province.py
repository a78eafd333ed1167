"""A provincial system: it knows an AMQP address, its credentials and the AsyncAPI document, nothing else.

It runs as a process of its own and prints one JSON object for each event that it receives, in order.
"""

import argparse
import asyncio
import contextlib
import json
import sys
import urllib.request
from typing import Any

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from aio_pika.exceptions import AMQPError

RECONNECT_SECONDS = 0.5


def channel_address(document: dict[str, Any], province: str) -> str:
    """Where the document says that a province's events arrive."""
    for channel in document["channels"].values():
        address = channel.get("address", "")
        if "{province}" in address:
            return str(address.replace("{province}", province))
    raise LookupError("the AsyncAPI document names no channel for a province")


async def listen(url: str, queue_name: str, known: set[str]) -> None:
    """Consumes for ever, again and again when the connection is lost.

    aio-pika's own reconnection declares the queue anew, which a province may not.
    """
    seen: set[str] = set()
    while True:
        with contextlib.suppress(AMQPError, OSError):
            async with await aio_pika.connect(url) as connection:
                await _consume(await connection.channel(), queue_name, known, seen)
        await asyncio.sleep(RECONNECT_SECONDS)


async def _consume(channel: AbstractChannel, queue_name: str, known: set[str], seen: set[str]) -> None:
    """Prints what comes until the channel is lost; an event counts once, since it may come again with its id."""
    lost = asyncio.Event()
    channel.close_callbacks.add(lambda *_: lost.set())
    await channel.set_qos(prefetch_count=50)
    queue = await channel.get_queue(queue_name, ensure=False)

    async def receive(message: AbstractIncomingMessage) -> None:
        header = {key.removeprefix("cloudEvents:"): value for key, value in message.headers.items()}
        if str(header["id"]) not in seen:
            seen.add(str(header["id"]))
            received = {**header, "documented": header["type"] in known, "data": json.loads(message.body)}
            print(json.dumps(received, ensure_ascii=False, default=str), flush=True)
        await message.ack()

    await queue.consume(receive)
    await lost.wait()


def main() -> None:
    """`python -m deploy.laptop.demo.province --url … --province 43 --asyncapi …`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--province", required=True)
    parser.add_argument("--asyncapi", required=True)
    options = parser.parse_args()
    with urllib.request.urlopen(options.asyncapi, timeout=30) as answer:  # noqa: S310 - the platform's own
        document = json.load(answer)
    known = {message["name"] for message in document["components"]["messages"].values()}
    try:
        asyncio.run(listen(options.url, channel_address(document, options.province), known))
    except KeyboardInterrupt:
        sys.exit(0)


if __name__ == "__main__":
    main()
