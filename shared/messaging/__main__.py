"""`python -m shared.messaging dead list|show|replay|drop`: lists, shows, replays and drops dead letters."""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from urllib.parse import urlsplit

from shared.messaging import dead_letters
from shared.messaging.publisher import BrokerUnavailable
from shared.messaging.topology import dead_queue

BROKER_URL = "FUMA_RABBITMQ_URL"
MANAGEMENT_URL = "FUMA_RABBITMQ_MANAGEMENT_URL"
_USUAL_MANAGEMENT_PORT = 15672
_SHOWN = 20
_TOP_COMMAND = "dead"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns 0 on success."""
    options = _options(arguments)
    url = os.environ.get(BROKER_URL)
    if not url:
        sys.stderr.write(f"请设置 {BROKER_URL} / {BROKER_URL} is not set\n")
        return 2
    try:
        output, done = asyncio.run(_run(url, options))
    except BrokerUnavailable as unavailable:
        sys.stderr.write(f"RabbitMQ 未完成操作 / RabbitMQ did not do it: {unavailable}\n")
        return 1
    sys.stdout.write(f"{output}\n")
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
    """Returns the text to print, and whether the command found its messages."""
    if options.command == "list":
        found = await dead_letters.dead_queues(url, os.environ.get(MANAGEMENT_URL) or _usual_management_url(url))
        lines = [f"{count:>8}  {name}" for name, count in found.items()]
        return "\n".join(lines) or "没有死信 / no dead letters", True
    if options.command == "show":
        dead = await dead_letters.read(url, options.queue, options.id, options.limit)
        return "\n".join(letter.describe() for letter in dead) or "没有这样的死信 / none", bool(
            dead or not options.id
        )
    if options.command == "replay":
        count = await dead_letters.replay(url, options.queue, options.id)
        return f"已送回 {count} 条 / {count} returned to their queue", count >= len(set(options.id))
    count = await dead_letters.drop(url, options.queue, None if options.all else options.id)
    return f"已删除 {count} 条 / {count} removed", count >= len(set(options.id))


def _usual_management_url(url: str) -> str:
    parts = urlsplit(url)
    login = f"{parts.username}:{parts.password}@" if parts.username else ""
    return f"http://{login}{parts.hostname}:{_USUAL_MANAGEMENT_PORT}"


if __name__ == "__main__":
    if sys.argv[1:2] != [_TOP_COMMAND]:
        sys.exit("python -m shared.messaging dead list|show|replay|drop [--queue QUEUE] [--id ID]")
    sys.exit(main(sys.argv[2:]))
