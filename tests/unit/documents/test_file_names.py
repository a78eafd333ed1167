"""File names: decoded from whatever encoding the client used."""

from base64 import b64encode

import pytest

from services.documents.file_names import filename_of


def header(name: bytes) -> str:
    """The header as aiohttp reads it: bytes that are no UTF-8 as lone surrogates."""
    return (b'form-data; name="file"; filename="%s"' % name).decode("utf-8", "surrogateescape")


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("许可证.pdf".encode(), "许可证.pdf"),
        ("许可证.pdf".encode("gbk"), "许可证.pdf"),
        ("𠮷野家.pdf".encode("gb18030"), "𠮷野家.pdf"),
        (b"%E8%AE%B8%E5%8F%AF.pdf", "许可.pdf"),
        (b"%D0%ED%BF%C9.pdf", "许可.pdf"),
        (b"a%22b.pdf", 'a"b.pdf'),
        (b"100%ab.pdf", "100%ab.pdf"),
        ("50%合格.pdf".encode(), "50%合格.pdf"),
        (b"=?UTF-8?B?" + b64encode("许可.pdf".encode()) + b"?=", "许可.pdf"),
        (b"=?GBK?B?" + b64encode("许可.pdf".encode("gbk")) + b"?=", "许可.pdf"),
        (b"=?nonsense?B?x?=", "=?nonsense?B?x?="),
        (b"C:\\fakepath\\x.pdf", "x.pdf"),
        ("D:\\材料\\许可证.pdf".encode("gbk"), "许可证.pdf"),
        (b"../../etc/passwd", "passwd"),
        (b"%2e%2e%2fetc%2fpasswd", "passwd"),
        (b"folder/", None),
        (b"", None),
    ],
)
def test_a_name_is_read_in_the_encoding_that_it_was_written_in(given: bytes, name: str | None) -> None:
    assert filename_of(header(given)) == name


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("form-data; name=\"file\"; filename*=UTF-8''%E8%AE%B8.pdf", "许.pdf"),
        ('form-data; name="file"; filename="x.pdf"; filename*=GBK\'\'%D0%ED.pdf', "许.pdf"),
        ('form-data; name="file"', None),
        ("nonsense; =", None),
        ("", None),
    ],
)
def test_the_extended_parameter_comes_first_and_none_is_none(given: str, name: str | None) -> None:
    assert filename_of(given) == name


def test_bytes_in_no_encoding_give_a_name_that_can_be_cleaned() -> None:
    assert filename_of(header(b"a\xff\xff.pdf")) is not None
