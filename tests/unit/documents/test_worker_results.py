"""What a worker may answer, and what the service takes of it."""

from typing import Any

import pytest
from pydantic import TypeAdapter

from services.documents.pdf import inspection, letter, pages, pictures, recognition, rendering
from services.documents.pdf.letter import letter_pdf
from services.documents.pdf.pages import PdfFile, accept
from services.documents.pdf.problems import NotAPdf
from services.documents.pdf.recognition import FoundCode, Recognition, recognise
from services.documents.problems import LetterForged
from shared.problems import RuleBroken
from shared.workers.problems import FileUnprocessable, refusals
from shared.workers.protocol import HEAD, Outcome, describe, encode
from shared.workers.results import NOTHING, RawBytes, TaskFailed, decode, facts_of, result_type

BOTH: TypeAdapter[Any] = TypeAdapter(tuple[RawBytes, RawBytes])


def across(outcome: Outcome, value: object, result: TypeAdapter[Any] = NOTHING) -> Any:
    """What the service is given of what a worker writes."""
    head, *measured = encode(outcome, value)
    return decode(HEAD.unpack(head)[0], measured[1::2], result).value


@pytest.mark.parametrize(
    ("function", "result"),
    [
        (accept, PdfFile(b"%PDF-\x00\xff", 3)),
        (letter_pdf, PdfFile(b"", 1)),
        (recognise, Recognition((FoundCode("FUMA1:授权", "qrdec, grey", 2),), 5)),
        (recognise, Recognition((), 124)),
    ],
)
def test_what_the_service_asks_for_comes_back_as_it_was(function: Any, result: object) -> None:
    assert across(Outcome.DONE, result, result_type(function)) == result


def test_byte_strings_are_carried_as_they_are() -> None:
    one, two = bytes(1_000_000), b"two"
    assert [piece for piece in encode(Outcome.DONE, [one, two, one]) if piece is one] == [one, one]
    assert across(Outcome.DONE, (one, two), BOTH) == (one, two)


@pytest.mark.parametrize("rule", list(refusals()))
def test_a_refusal_is_the_same_on_the_other_side(rule: type[RuleBroken]) -> None:
    facts: dict[str, Any] = {name: number for number, name in enumerate(sorted(facts_of(rule)))}
    error = across(Outcome.REFUSED, {"code": rule.code, "facts": facts})
    assert type(error) is rule
    assert error.facts == facts
    assert error.message("zh")
    assert error.next_step("en")


def test_every_refusal_of_the_workers_modules_is_registered() -> None:
    loaded = [
        thing
        for module in (inspection, letter, pages, pictures, recognition, rendering)
        for thing in vars(module).values()
    ]
    rules = {thing for thing in loaded if isinstance(thing, type) and issubclass(thing, RuleBroken)}
    assert NotAPdf in rules
    assert rules <= set(refusals())


@pytest.mark.parametrize(
    "said",
    [
        {"code": LetterForged.code, "facts": {}},
        {"code": FileUnprocessable.code, "facts": {}},
        {"code": "os.system", "facts": {}},
        {"code": "too-many-pages", "facts": {}},
        {"code": "too-many-pages", "facts": {"pages": 3, "limit": 2, "status": 200}},
        {"code": "too-many-pages", "facts": {"pages": 3, "limit": [2]}},
        {"code": "too-many-pages", "facts": {"pages": 3, "limit": 2**60}},
        {"code": "pdf-carries-active-content", "facts": {"found": "x" * 201}},
        {"code": "not-a-pdf", "facts": {}, "fields": []},
        "not-a-pdf",
        None,
    ],
)
def test_a_refusal_of_another_part_is_rejected(said: object) -> None:
    with pytest.raises(ValueError, match=r"no refusal|misfits"):
        across(Outcome.REFUSED, said)


@pytest.mark.parametrize(
    ("function", "structure", "carried"),
    [
        (accept, b'{"pdf":1,"pages":1}', [b"%PDF-"]),
        (accept, b'{"pdf":-1,"pages":1}', [b"%PDF-"]),
        (accept, b'{"pdf":"%PDF-","pages":1}', [b"%PDF-"]),
        (accept, b'{"pdf":0,"pages":"1"}', [b"%PDF-"]),
        (accept, b'{"pdf":0,"pages":0}', [b"%PDF-"]),
        (accept, b'{"pdf":0,"pages":99999999999}', [b"%PDF-"]),
        (accept, b'{"pdf":0}', [b"%PDF-"]),
        (accept, b"null", []),
        (accept, b"", []),
        (accept, b"[" * 60_000, []),
        (recognise, b'{"codes":[{"text":["x"],"method":"x","page":1}],"looks":1}', []),
        (recognise, b'{"codes":[{"text":"x","method":"x","page":1.5}],"looks":1}', []),
        (recognise, b"\x80\x04N.", []),
    ],
)
def test_an_answer_that_does_not_fit_its_function_is_rejected(
    function: Any, structure: bytes, carried: list[bytes]
) -> None:
    with pytest.raises(ValueError, match="misfits in"):
        decode(Outcome.DONE, [structure, *carried], result_type(function))


@pytest.mark.parametrize(
    ("outcome", "pieces"), [(0, [b"null"]), (9, [b"null"]), (Outcome.DONE, []), (Outcome.OUT_OF_MEMORY, [b"1"])]
)
def test_an_undecodable_answer_is_rejected(outcome: int, pieces: list[bytes]) -> None:
    with pytest.raises(ValueError, match=r"Outcome|unpack|misfits"):
        decode(outcome, pieces, NOTHING)


def test_an_unexpected_error_is_reported_with_a_bounded_text() -> None:
    with pytest.raises(ValueError, match="xxx") as raised:
        raise ValueError("\ud800" + "x" * 5000)
    error = across(Outcome.FAILED, describe(raised.value))
    assert isinstance(error, TaskFailed)
    assert str(error).startswith("ValueError: ?xxx")
    assert __file__ in error.__notes__[0]
    with pytest.raises(ValueError, match="misfits"):
        across(Outcome.FAILED, {"error": "x" * 5000, "trace": ""})


@pytest.mark.parametrize("what", [object(), {1: 2}, {"exception": ValueError()}, bytearray(b"x")])
def test_a_worker_writes_nothing_but_data(what: object) -> None:
    with pytest.raises(TypeError):
        encode(Outcome.DONE, what)
