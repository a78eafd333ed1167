"""`python3 -m deploy bench [--quick]`: a table, and one JSON line for each figure."""

import argparse
import asyncio
import sys

import uvloop

from deploy.laptop.bench import chain, messaging, pdf
from deploy.laptop.bench.environment import bench_environment
from deploy.laptop.bench.figures import Figure, table
from deploy.laptop.steps import Steps


async def measured(*, quick: bool) -> list[Figure]:
    """All figures; quick ones only show that the measurements work."""
    # What is measured goes to standard output alone, so that programs can read it.
    with Steps(screen=sys.stderr) as steps:
        steps.begin("事件 / events")
        with bench_environment() as one:
            await one.prepare(["coding"])
            events = await messaging.figures(one, 500 if quick else 20_000)
        steps.begin("请求 / requests")
        requests = await chain.figures(100 if quick else 2_000, 2 if quick else 30)
        steps.begin("文书 / letters")
        letters = await asyncio.to_thread(pdf.figures, 4 if quick else 30)
    return [*events, *requests, *letters]


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(prog="python3 -m deploy bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small counts, to see that it works")
    options = parser.parse_args()
    figures = uvloop.run(measured(quick=options.quick))
    print(table(figures))
    for figure in figures:
        print(figure.line())
    missed = [figure.name for figure in figures if figure.missed]
    if missed:
        print(f"missed: {', '.join(missed)}", file=sys.stderr)


if __name__ == "__main__":
    main()
