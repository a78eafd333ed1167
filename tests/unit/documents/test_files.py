"""The file store: files are stored by their hash, and a changed bit is detected."""

import asyncio
import hashlib
from pathlib import Path

import pytest
from obstore.store import S3Store

from deploy.laptop.stack.ports import free_port
from services.documents.files import FileStore, FileStoreUnavailable
from services.documents.problems import FileDamaged, FileUnknown
from shared.messaging.failures import FailureKind, failure_kind
from shared.web.problem_documents import problem_of


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore.at(f"file://{tmp_path}/kept files")


def stored_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_what_was_put_is_got(store: FileStore) -> None:
    sha256 = await store.put(b"paper")
    assert sha256 == hashlib.sha256(b"paper").hexdigest()
    assert await store.get(sha256) == b"paper"
    assert await store.has(sha256)


async def test_putting_it_many_times_at_once_keeps_one_file(store: FileStore, tmp_path: Path) -> None:
    names = await asyncio.gather(*(store.put(b"x" * 100_000) for _ in range(20)))
    assert len(set(names)) == 1
    assert [path.name for path in stored_in(tmp_path)] == [names[0]]


async def test_a_flipped_bit_is_an_error_and_putting_it_again_mends_it(store: FileStore, tmp_path: Path) -> None:
    sha256 = await store.put(b"paper")
    (kept,) = stored_in(tmp_path)
    kept.write_bytes(b"papes")
    with pytest.raises(FileDamaged):
        await store.get(sha256)
    await store.put(b"paper")
    assert await store.get(sha256) == b"paper"


async def test_what_was_deleted_is_unknown_and_deleting_again_does_nothing(store: FileStore) -> None:
    sha256 = await store.put(b"paper")
    await store.delete(sha256)
    await store.delete(sha256)
    assert not await store.has(sha256)
    with pytest.raises(FileUnknown):
        await store.get(sha256)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "0" * 63])
async def test_nothing_but_a_sha256_leads_to_a_file(store: FileStore, name: str) -> None:
    with pytest.raises(FileUnknown):
        await store.get(name)


def test_the_url_alone_chooses_s3() -> None:
    store = FileStore.at("s3://papers/fuma", region="cn-north-1", access_key_id="a", secret_access_key="b")
    assert isinstance(store.store, S3Store)
    assert store.store.prefix == "fuma"


async def test_an_object_store_that_is_away_is_a_failure_that_passes(tmp_path: Path) -> None:
    port = free_port()
    store = FileStore.at(
        "s3://papers",
        endpoint=f"http://127.0.0.1:{port}",
        region="x",
        access_key_id="a",
        secret_access_key="b",
        client_options={"allow_http": True},
        retry_config={"max_retries": 0},
    )
    for attempt in (store.get("0" * 64), store.has("0" * 64), store.put(b"paper"), store.delete("0" * 64)):
        with pytest.raises(FileStoreUnavailable) as raised:
            await attempt
        assert problem_of(raised.value, "").code == "service-unavailable"
        assert failure_kind(raised.value) is FailureKind.INFRASTRUCTURE


def test_other_places_are_refused() -> None:
    with pytest.raises(ValueError, match="file:///folder or s3://"):
        FileStore.at("ftp://host/folder")
