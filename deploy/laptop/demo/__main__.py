"""`python -m deploy.laptop.demo [--platform FILE] [--json | --seed]`: plays the main journey, and a chain's."""

import argparse
import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

import aiohttp

from deploy.laptop.demo.chain import ChainJourney
from deploy.laptop.demo.journey import TOWNSHIP_CENTRE, Journey
from deploy.laptop.demo.person import NeverCame, Person, Refused
from deploy.laptop.demo.places import HUNAN, JIANGSU, PLACES
from deploy.laptop.demo.provincial_system import Province, provincial_system
from deploy.laptop.demo.reporter import JsonReporter, LineReporter, Reporter
from deploy.laptop.demo.seed import settle
from deploy.laptop.stack.description import add_accounts, read_description
from shared.contracts.agreements.events import AgreementEntered

DESCRIPTION = Path(".local/platform.json")


async def prepare(http: aiohttp.ClientSession, path: Path) -> None:
    """Makes sure of the sample units, their accounts, and of a type of institution with policy B."""
    description = read_description(path)
    first = next(one for one in description["accounts"] if one["username"] == "nation.maintainer")
    nation = Person(http, description["gateway"], first["username"], first["password"])
    await nation.sign_in()
    add_accounts(path, await settle(nation, PLACES))
    await nation.put(f"/code-policies/{TOWNSHIP_CENTRE}", json={"moment": "agreement"})


async def play(path: Path, reporter: Reporter) -> dict[str, Any]:
    """Both policies, one in each province, then a chain of pharmacies, with a province's system listening."""
    began = time.monotonic()
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as http:
        await prepare(http, path)
        description = read_description(path)
        async with provincial_system(description, HUNAN.province_code) as province:
            main = Journey(http, description, HUNAN, reporter)
            other = Journey(http, description, JIANGSU, reporter, waits_for_agreement=True, prefix="B")
            chain = ChainJourney(http, description, HUNAN, reporter, prefix="C")
            await main.play()
            await other.play()
            await chain.play()
            about = (main.institution["record_id"], main.agreement["agreement_id"])
            await province.received(about[1], AgreementEntered.type)
            events = province.about(*about)
            _report_events(reporter, province, events)
            _report_timeline(reporter, await main.timeline())
    return {
        "done": True,
        "institution_code": main.institution["code"],
        "pharmacy_codes": [store.institution["code"] for store in chain.stores],
        "region": HUNAN.county,
        "provincial_events": len(events),
        "other_province_events": province.others,
        "out_of_order": province.out_of_order,
        "seconds": round(time.monotonic() - began, 2),
    }


def _report_events(reporter: Reporter, province: Province, events: list[dict[str, Any]]) -> None:
    for event in events:
        reporter.step("9", "省级系统收到", "received by the province", type=event["type"], region=event["region"])
    reporter.step("9", "外省事件", "events of other provinces", count=province.others, late=province.out_of_order)


def _report_timeline(reporter: Reporter, timeline: list[dict[str, Any]]) -> None:
    for entry in timeline:
        reporter.step("…", "时间线", "time line", **{key: entry[key] for key in ("at", "what", "unit_name")})


async def seed(path: Path) -> int:
    """The sample data of a fresh platform: the units, one journey of each policy, and a chain of pharmacies."""
    await play(path, LineReporter())
    return 0


async def show(path: Path, *, as_json: bool) -> int:
    """Plays the journey and prints each step, last the result; 1 where a province's events went astray."""
    result = await play(path, JsonReporter() if as_json else LineReporter())
    if as_json:
        print(json.dumps(result, ensure_ascii=False))
    else:
        print("\n".join(f"  {key}: {value}" for key, value in result.items()))
    return 0 if result["other_province_events"] == result["out_of_order"] == 0 else 1


def main() -> int:
    """Plays the journey and prints its result last."""
    parser = argparse.ArgumentParser(prog="python3 -m deploy demo", description=__doc__)
    parser.add_argument("--platform", type=Path, default=DESCRIPTION)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seed", action="store_true")
    options = parser.parse_args()
    try:
        return asyncio.run(
            seed(options.platform) if options.seed else show(options.platform, as_json=options.json)
        )
    except (Refused, NeverCame, aiohttp.ClientError) as problem:
        print(
            f"演示中断 / the journey broke off: {type(problem).__name__}: {problem}\n    make status",
            file=sys.stderr,
        )
        return 1


if __name__ == "__main__":
    sys.exit(main())
