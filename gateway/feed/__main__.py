"""`python -m gateway.feed catch-up PROVINCE SINCE`: resends a province its events from the feed."""

import argparse
import asyncio
import os
import re
import sys
from collections.abc import Sequence
from datetime import datetime

from gateway.feed.catch_up import catch_up
from shared.clock import CHINA
from shared.messaging.publisher import BrokerUnavailable

DSN, URL = "FUMA_POSTGRES_DSN", "FUMA_RABBITMQ_URL"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns 0 if everything was sent."""
    parser = argparse.ArgumentParser(
        prog="catch-up", description="补发省级事件 / Send a province its events again"
    )
    parser.add_argument(
        "province", type=_province, help="省级代码前两位 / first two digits of the province's code"
    )
    parser.add_argument("since", type=_time, help="2026-11-01 或 / or 2026-11-01T08:00")
    options = parser.parse_args(arguments)
    try:
        sent = asyncio.run(catch_up(os.environ[DSN], os.environ[URL], options.province, options.since))
    except BrokerUnavailable as unavailable:
        sys.stderr.write(f"RabbitMQ 未完成操作 / RabbitMQ did not do it: {unavailable}\n")
        return 1
    sys.stdout.write(f"已补发 {sent} 条 / {sent} events sent\n")
    return 0


def _province(text: str) -> str:
    if re.fullmatch(r"[1-9][0-9]", text) is None:
        raise argparse.ArgumentTypeError(f"{text}: 请给两位数字 / two digits, such as 43")
    return text


def _time(text: str) -> datetime:
    try:
        given = datetime.fromisoformat(text)
    except ValueError as wrong:
        raise argparse.ArgumentTypeError(f"{text}: 请给日期 / a date, such as 2026-11-01") from wrong
    return given if given.tzinfo else given.replace(tzinfo=CHINA)


if __name__ == "__main__":
    if sys.argv[1:2] != ["catch-up"]:
        sys.exit("python -m gateway.feed catch-up PROVINCE SINCE")
    sys.exit(main(sys.argv[2:]))
