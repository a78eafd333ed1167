"""The units of the sample places, each with a reviewer and a maintainer account of its own."""

import secrets
from collections.abc import Sequence
from typing import Any

from deploy.laptop.demo.person import Person, Refused
from deploy.laptop.demo.places import Place

UnitAccount = dict[str, Any]
ROLES = {"reviewer": "reviewer", "maintainer": "agency"}
_KNOWN_ALREADY = {"unit-exists", "username-taken"}


async def settle(nation: Person, places: Sequence[Place]) -> list[UnitAccount]:
    """Registers units and accounts from the province down; gives the accounts that it made."""
    made: list[UnitAccount] = []
    for place in places:
        for region, name, short in reversed(place.units):
            unit = await _unit(nation, region, name)
            for word, role in ROLES.items():
                account = {
                    "username": f"{short}.{word}",
                    "password": secrets.token_urlsafe(12),
                    "role": role,
                    "region": region,
                    "unit": name,
                }
                if await _add_account(nation, unit["unit_id"], account):
                    made.append(account)
    return made


async def _unit(nation: Person, region: str, name: str) -> dict[str, Any]:
    try:
        unit: dict[str, Any] = await nation.post("/units", json={"name": name, "region": region})
    except Refused as refusal:
        if refusal.code not in _KNOWN_ALREADY:
            raise
        page = await nation.get("/units", params={"region": region})
        unit = next(one for one in page["items"] if one["region"] == region)
    return unit


async def _add_account(nation: Person, unit_id: str, account: UnitAccount) -> bool:
    wanted = {key: account[key] for key in ("username", "password", "role")}
    try:
        await nation.post(f"/units/{unit_id}/accounts", json={**wanted, "name": account["unit"]})
    except Refused as refusal:
        if refusal.code not in _KNOWN_ALREADY:
            raise
        return False
    return True
