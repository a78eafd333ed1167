"""Smoke tests: every measurement works on small counts."""

import subprocess
import sys

import orjson
import pytest

from deploy.laptop.bench.figures import Figure, table
from deploy.laptop.stack.plan import ROOT

pytestmark = pytest.mark.xdist_group("platform")

MEASURED = {
    "approvals in, codes out, one replica",
    "approvals in, codes out, two replicas",
    "outbox drained",
    "outbox read, 500 events, an open snapshot keeping all before",
    "one institution read through the gateway",
    "submission accepted through the gateway",
    "decision seen by next reviewer and maintainer, p99",
    "scanned page recognised, median",
    "letter made, p50",
}


def test_each_figure_is_measured_beside_its_ceiling() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "deploy.laptop.bench", "--quick"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    figures = [orjson.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]
    assert {one["name"] for one in figures} >= MEASURED
    assert all(set(one) == {"name", "value", "unit", "ceiling", "ratio", "aim"} for one in figures)
    assert all(one["value"] > 0 for one in figures)


def test_a_missed_aim_is_reported() -> None:
    slow = Figure("slow", 10, "events/s", ceiling=100, aim=0.5)
    late = Figure("late", 120, "ms", aim=100, smaller_is_better=True)
    good = Figure("good", 60, "events/s", ceiling=100, aim=0.5)
    assert (slow.missed, late.missed, good.missed) == (True, True, False)
    assert table([slow, late, good]).count("missed") == 2
