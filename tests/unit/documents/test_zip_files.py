"""A zip's directory is read from its end, its names in any encoding, and a file of it never beyond its size."""

import tracemalloc
import zipfile
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.documents.archives import zip_file
from services.documents.archives.problems import (
    ArchiveEmpty,
    ArchiveEntryCompressionUnknown,
    ArchiveEntryDamaged,
    ArchiveEntryEncrypted,
    ArchiveEntryTooLarge,
    ArchiveExpandsTooFar,
    ArchiveHasTooManyFiles,
    ArchiveNotReadable,
)
from services.documents.archives.rules import ZipEntry, check_entry, numbered
from services.documents.archives.zip_file import content_of
from shared.ids import new_id
from tests.unit.documents.archives import listed, raw_zip, unicode_path, zip_of

NAME = "护士证-张某某.pdf"
ENTRY = ZipEntry(path="a.pdf", offset=0, packed=3, size=3, crc=0, method=0, encrypted=False)


def unpacked(archive: bytes, entry: ZipEntry) -> bytes:
    return content_of(archive[entry.offset :], entry)


@pytest.mark.parametrize(
    "archive",
    [
        zip_of([(NAME, b"one")]),
        raw_zip(NAME.encode("gbk"), b"one"),
        raw_zip(NAME.encode(), b"one"),
        raw_zip(b"????.pdf", b"one", extra=unicode_path(NAME, b"????.pdf")),
    ],
    ids=["UTF-8 that says so", "GBK of old programs", "UTF-8 of macOS", "Info-ZIP"],
)
def test_a_name_is_read_in_the_encoding_that_it_was_written_in(archive: bytes) -> None:
    (entry,) = listed(archive)
    assert (entry.path, unpacked(archive, entry)) == (NAME, b"one")


@pytest.mark.parametrize(
    ("raw", "system", "name"),
    [("证.pdf".encode("gbk"), 0, "证.pdf"), ("José.pdf".encode(), 3, "José.pdf"), (b"a.pdf", 0, "a.pdf")],
)
def test_a_name_that_two_encodings_read_is_read_as_its_system_writes(raw: bytes, system: int, name: str) -> None:
    (entry,) = listed(raw_zip(raw, b"one", system=system))
    assert entry.path == name


def test_an_info_zip_name_of_other_bytes_does_not_count() -> None:
    (entry,) = listed(raw_zip(b"real.pdf", b"one", extra=unicode_path("other.pdf", b"not these")))
    assert entry.path == "real.pdf"


def test_folders_are_kept_in_the_path_and_what_systems_leave_is_not_listed() -> None:
    paths = ("湘潭/护理部/1.pdf", "湘潭/", "__MACOSX/湘潭/._1.pdf", "湘潭/Thumbs.db", ".DS_Store", "desktop.ini")
    assert [one.path for one in listed(zip_of((path, b"x") for path in paths))] == ["湘潭/护理部/1.pdf"]
    with pytest.raises(ArchiveEmpty):
        listed(zip_of((path, b"x") for path in paths[1:]))


def test_control_characters_are_dropped_from_a_path() -> None:
    (entry,) = listed(raw_zip("a\u202egpj.\x1b.pdf".encode(), b"x"))
    assert entry.path == "agpj..pdf"


def test_more_files_than_the_limit_are_refused_with_their_number() -> None:
    with pytest.raises(ArchiveHasTooManyFiles) as refused:
        listed(zip_of((f"{number}.pdf", b"") for number in range(3001)))
    assert refused.value.facts == {"files": 3001, "limit": 3000}
    assert len(listed(zip_of((f"{number}.pdf", b"") for number in range(3000)))) == 3000


def test_an_archive_that_expands_too_far_is_refused_before_anything_is_unpacked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(zip_file, "EXPANDED_LIMIT", 5 * 1024 * 1024)
    with pytest.raises(ArchiveExpandsTooFar):
        listed(zip_of((f"{number}.pdf", bytes(1024 * 1024)) for number in range(6)))


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"encrypted": True}, ArchiveEntryEncrypted),
        ({"method": 9}, ArchiveEntryCompressionUnknown),
        ({"size": 11 * 1024 * 1024}, ArchiveEntryTooLarge),
        ({"packed": 11 * 1024 * 1024}, ArchiveEntryTooLarge),
    ],
)
def test_an_entry_is_refused_by_what_the_directory_says(changes: dict[str, Any], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        check_entry(replace(ENTRY, **changes), 10 * 1024 * 1024)
    check_entry(ENTRY, 10 * 1024 * 1024)


def test_an_encrypted_entry_is_known_by_its_flag() -> None:
    assert listed(raw_zip(b"a.pdf", b"one", flags=1))[0].encrypted


def test_an_entry_that_is_larger_than_it_says_is_not_unpacked_beyond_that() -> None:
    archive = zip_of([("bomb.pdf", bytes(50_000_000))])
    (entry,) = listed(archive)
    assert len(unpacked(archive, entry)) == 50_000_000
    tracemalloc.start()
    try:
        with pytest.raises(ArchiveEntryDamaged):
            unpacked(archive, replace(entry, size=1000))
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_an_entry_with_a_changed_byte_is_damaged(method: int) -> None:
    archive = bytearray(zip_of([("a.pdf", b"content" * 50)], method))
    (entry,) = listed(bytes(archive))
    archive[entry.offset + 40] ^= 1
    with pytest.raises(ArchiveEntryDamaged):
        unpacked(bytes(archive), entry)


def test_of_two_files_with_one_path_the_second_is_refused() -> None:
    first, second = numbered(new_id(), [ENTRY, ENTRY])
    assert first.problem is None
    assert second.problem is not None
    assert (second.number, second.problem.code) == (2, "archive-entry-name-repeated")


@pytest.mark.parametrize("content", [b"", b"Rar!\x1a\x07\x00", b"%PDF-1.4", zip_of([("a", b"x")])[:-10]])
def test_what_is_no_zip_is_refused(content: bytes) -> None:
    with pytest.raises(ArchiveNotReadable):
        listed(content)


@given(st.binary(max_size=200), st.integers(0, 150))
def test_a_damaged_directory_is_refused_and_nothing_else_happens(noise: bytes, at: int) -> None:
    archive = zip_of([(NAME, b"one"), ("b.pdf", b"two")])
    try:
        entries = listed(archive[: -at or None] + noise)
    except (ArchiveNotReadable, ArchiveEmpty, ArchiveHasTooManyFiles, ArchiveExpandsTooFar):
        return
    assert entries
