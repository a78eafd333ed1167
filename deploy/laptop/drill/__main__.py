"""`python3 -m deploy drill [--minutes N] [--seed N]`: kills and freezes parts under load, then counts."""

import argparse
import asyncio
import secrets
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import uvloop

from deploy.laptop.demo.__main__ import prepare
from deploy.laptop.drill.faults import faults, inflict
from deploy.laptop.drill.load import Load
from deploy.laptop.drill.tally import complaints
from deploy.laptop.stack.plan import Plan
from deploy.laptop.stack.platform import Platform

REPLICAS = {"coding": 2, "registry": 2, "gateway": 2}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many faults there were, how many institutions were approved, and what is wrong."""

    faults: int
    approved: int
    complaints: list[str]


async def drill(
    platform: Platform, *, seed: int, seconds: float, at_once: int, size: int, report: Callable[[str], None]
) -> Outcome:
    """Runs load and faults beside each other for a time, lets everything come to rest, and counts."""
    timeout = aiohttp.ClientTimeout(total=30)
    async with aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=0)) as http:
        load = Load(http, platform.describe(), at_once=at_once, size=size)
        async with asyncio.TaskGroup() as group:
            group.create_task(load.run())
            count = await _faults(platform, seed, seconds, report)
            load.stop()
    return Outcome(count, len(load.approved), await complaints(platform, load.approved))


async def _faults(platform: Platform, seed: int, seconds: float, report: Callable[[str], None]) -> int:
    end, count = time.monotonic() + seconds, 0
    for fault in faults(seed, sorted(platform.describe()["processes"])):
        if time.monotonic() > end:
            break
        await inflict(platform, fault, report)
        count += 1
    return count


async def _drill_on_its_own(seed: int, minutes: float) -> Outcome:
    """The drill on a platform of its own, with replicas, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="fuma-drill-") as folder:
        platform = Platform(Path(folder) / "platform", Plan(replicas=REPLICAS))
        try:
            await asyncio.to_thread(platform.start)
            async with aiohttp.ClientSession() as http:
                await prepare(http, platform.layout.description)
            return await drill(
                platform,
                seed=seed,
                seconds=60 * minutes,
                at_once=6,
                size=20,
                report=lambda line: print(f"· {line}", flush=True),
            )
        finally:
            await asyncio.to_thread(platform.reset)


def main() -> None:
    """Says what it does, and ends with 1 where something is not as it must be."""
    parser = argparse.ArgumentParser(prog="python3 -m deploy drill", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, help="repeats an order of faults")
    options = parser.parse_args()
    seed = secrets.randbelow(10**6) if options.seed is None else options.seed
    print(f"seed {seed}", flush=True)
    outcome = uvloop.run(_drill_on_its_own(seed, options.minutes))
    print(f"{outcome.faults} faults, {outcome.approved} institutions approved and coded")
    for line in outcome.complaints:
        print(f"✗ {line}", file=sys.stderr)
    sys.exit(1 if outcome.complaints else 0)


if __name__ == "__main__":
    main()
