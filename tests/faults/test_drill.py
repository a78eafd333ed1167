"""A short fault drill: parts are killed and frozen during approvals, and all data are correct afterwards."""

import random

import pytest

from deploy.laptop.drill.__main__ import drill
from deploy.laptop.stack.platform import Platform

pytestmark = pytest.mark.xdist_group("platform")

SECONDS = 20


@pytest.mark.requirement("COD-1", "COD-3", "INT-1")
async def test_nothing_is_lost_doubled_dead_or_out_of_order_after_kills_and_freezes(platform: Platform) -> None:
    """`python3 -m deploy drill` runs longer; `--seed` repeats a failed run."""
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    outcome = await drill(platform, seed=seed, seconds=SECONDS, at_once=2, size=2, report=print)
    assert outcome.complaints == []
    assert outcome.faults >= 3
    assert outcome.approved >= 4
