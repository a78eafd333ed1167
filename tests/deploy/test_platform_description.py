"""The platform description: concurrent changes lose nothing."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from deploy.laptop.stack.description import add_accounts, change_description, read_description


def account(username: str, password: str = "x") -> dict[str, str]:
    """A demo account."""
    return {"username": username, "password": password, "role": "reviewer", "region": "43", "unit": ""}


def test_accounts_are_added_and_replaced_by_user_name(tmp_path: Path) -> None:
    path = tmp_path / "platform.json"
    add_accounts(path, [account("a"), account("b")])
    add_accounts(path, [account("a", "new")])
    known = {each["username"]: each["password"] for each in read_description(path)["accounts"]}
    assert known == {"b": "x", "a": "new"}


def test_writers_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "platform.json"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: add_accounts(path, [account(f"u{number}")]), range(40)))
    assert len(read_description(path)["accounts"]) == 40


def test_it_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "platform.json"
    change_description(path, lambda description: description.update(gateway="x"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
