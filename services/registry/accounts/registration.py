"""What a registration must have: a username, a password that is no commonplace, a person who can exist (ACC-1)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from services.registry.accounts.form import FORM
from services.registry.accounts.rules import username_key
from shared.forms.filling import accepted
from shared.forms.kinds import Reference
from shared.identifiers.invalid import parse_fields
from shared.identifiers.names import compared, level_person_name
from shared.problems import FieldProblem, FieldsRefused
from shared.security.passwords import MAX_LENGTH as MAX_PASSWORD_LENGTH

MIN_PASSWORD_LENGTH = 10
MIN_DISTINCT_CHARACTERS = 5
QUESTION_COUNT = 3
_USERNAME = re.compile(r"[\w.@-]{4,40}")
_COMMON = Path(__file__).parent / "data" / "common_passwords.txt"


@dataclass(frozen=True, slots=True)
class Person:
    """Who registers, with name and numbers as they are kept."""

    name: str
    id_number: str
    phone: str


@dataclass(frozen=True, slots=True)
class SecurityQuestion:
    """A question whose answer only the person knows."""

    question: str
    answer: str


def check(problems: Sequence[FieldProblem]) -> None:
    """Raises FieldsRefused with everything that is wrong."""
    if problems:
        raise FieldsRefused(fields=tuple(problems))


def credential_problems(username: str, password: str) -> Iterator[FieldProblem]:
    """What is wrong with a username and its password."""
    key = username_key(username)
    if not _USERNAME.fullmatch(key):
        zh = "用户名应为 4 至 40 个字母、数字、汉字或 . _ @ -。"
        yield _problem("username", "username-form", zh, "A username has 4 to 40 letters, digits or . _ @ -.")
    yield from password_problems("password", password, key)


def password_problems(field: str, password: str, username: str = "") -> Iterator[FieldProblem]:
    """What is wrong with a password; `username` is the key of whom it is for, where that is known."""
    if not MIN_PASSWORD_LENGTH <= len(password) <= MAX_PASSWORD_LENGTH:
        zh = f"密码应为 {MIN_PASSWORD_LENGTH} 至 {MAX_PASSWORD_LENGTH} 个字符。"
        en = f"A password has {MIN_PASSWORD_LENGTH} to {MAX_PASSWORD_LENGTH} characters."
        yield _problem(field, "password-length", zh, en)
    elif username and username in password.casefold():
        zh = "密码不能包含用户名。"
        yield _problem(field, "password-has-username", zh, "The password must not contain the username.")
    elif is_common_password(password):
        zh, en = "密码过于简单或常见。", "The password is too simple or too common."
        yield _problem(field, "password-common", zh, en)


def is_common_password(password: str) -> bool:
    """Whether everybody would try this password first."""
    return len(set(password)) < MIN_DISTINCT_CHARACTERS or password.casefold() in _common_passwords()


def read_person(name: str, id_number: str, phone: str, today: date) -> tuple[Person | None, list[FieldProblem]]:
    """The person that a form names, or what is wrong with each of the three; `today` is the day in China."""
    given = {"name": name, "id_number": id_number, "phone": phone}
    try:
        values = accepted(FORM, {}, given, Reference({}, {}, today))
    except FieldsRefused as refused:
        return None, list(refused.fields)
    return Person(*(str(values[field]) for field in given)), []


def holder_problems(name: str) -> list[FieldProblem]:
    """What is wrong with the name of the colleague who gets a unit's account."""
    return parse_fields({"name": lambda: level_person_name(name)})[1]


def question_problems(questions: Sequence[SecurityQuestion]) -> Iterator[FieldProblem]:
    """What is wrong with the security questions: three different ones, each with an answer."""
    different = {compared(one.question) for one in questions} - {""}
    if len(questions) != QUESTION_COUNT or len(different) != QUESTION_COUNT:
        zh, en = (
            f"请设置 {QUESTION_COUNT} 个不同的密保问题。",
            f"Set {QUESTION_COUNT} different security questions.",
        )
        yield _problem("security_questions", "questions-three", zh, en)
    for number, one in enumerate(questions):
        if not compared(one.answer):
            name = f"security_questions.{number}.answer"
            yield _problem(name, "missing", "请填写密保答案。", "Answer the security question.")


@cache
def _common_passwords() -> frozenset[str]:
    return frozenset(_COMMON.read_text("utf-8").split())


def _problem(field: str, code: str, zh: str, en: str) -> FieldProblem:
    return FieldProblem(field=field, code=code, zh=zh, en=en)
