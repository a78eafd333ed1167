"""A provincial system: it knows an AMQP address, its credentials and the AsyncAPI document, nothing else.

It runs as a process of its own and prints one JSON object for each event that it receives, in order.
"""

import argparse
import asyncio
import json
import sys
import urllib.request
from typing import Any

import aio_pika
from aio_pika.abc import AbstractIncomingMessage


def channel_address(document: dict[str, Any], province: str) -> str:
    """Where the document says that a province's events arrive."""
    for channel in document["channels"].values():
        address = channel.get("address", "")
        if "{province}" in address:
            return str(address.replace("{province}", province))
    raise LookupError("the AsyncAPI document names no channel for a province")


async def listen(url: str, queue_name: str, known: set[str]) -> None:
    """Consumes for ever; an event counts once, since it may come again with the same id."""
    seen: set[str] = set()
    connection = await aio_pika.connect_robust(url)
    channel = await connection.channel()
    await channel.set_qos(prefetch_count=50)
    queue = await channel.get_queue(queue_name, ensure=False)

    async def receive(message: AbstractIncomingMessage) -> None:
        header = {key.removeprefix("cloudEvents:"): value for key, value in message.headers.items()}
        if str(header["id"]) not in seen:
            seen.add(str(header["id"]))
            told = {**header, "documented": header["type"] in known, "data": json.loads(message.body)}
            print(json.dumps(told, ensure_ascii=False, default=str), flush=True)
        await message.ack()

    await queue.consume(receive)
    await asyncio.Event().wait()


def main() -> None:
    """`python -m deploy.demo.province --url … --province 43 --asyncapi …`."""
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
