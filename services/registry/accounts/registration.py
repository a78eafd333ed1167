"""What a registration must have: a username, a password that is no commonplace, a person who can exist (ACC-1)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from services.registry.accounts.rules import username_key
from shared.identifiers.documents import is_citizen_id, levelled
from shared.identifiers.names import compared
from shared.problems import FieldProblem, FieldsRefused
from shared.security.passwords import LONGEST as LONGEST_PASSWORD

SHORTEST_PASSWORD = 10
FEWEST_DIFFERENT = 5
QUESTIONS = 3
_USERNAME = re.compile(r"[\w.@-]{4,40}")
_NAME = re.compile(r"[^\d<>]{2,50}")
# Mobile numbers have eleven digits, landlines ten to twelve with their area code.
_PHONE = re.compile(r"1[3-9]\d{9}|0\d{9,11}")
_COMMON = Path(__file__).parent / "data" / "common_passwords.txt"


@dataclass(frozen=True, slots=True)
class Person:
    """Who registers, with the numbers as they are compared."""

    name: str
    id_number: str
    phone: str

    @classmethod
    def of(cls, name: str, id_number: str, phone: str) -> "Person":
        """The person that a form names."""
        return cls(name.strip(), levelled(id_number), levelled(phone))


@dataclass(frozen=True, slots=True)
class SecurityQuestion:
    """A question whose answer only the person knows."""

    question: str
    answer: str


def check(problems: Sequence[FieldProblem]) -> None:
    """Raises FieldsRefused with everything that is wrong."""
    if problems:
        raise FieldsRefused(fields=tuple(problems))


def refused_credentials(username: str, password: str) -> Iterator[FieldProblem]:
    """What is wrong with a username and its password."""
    key = username_key(username)
    if not _USERNAME.fullmatch(key):
        zh = "用户名应为 4 至 40 个字母、数字、汉字或 . _ @ -。"
        yield _problem("username", "username-form", zh, "A username has 4 to 40 letters, digits or . _ @ -.")
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        zh = f"密码应为 {SHORTEST_PASSWORD} 至 {LONGEST_PASSWORD} 个字符。"
        en = f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters."
        yield _problem("password", "password-length", zh, en)
    elif key and key in password.casefold():
        zh = "密码不能包含用户名。"
        yield _problem("password", "password-has-username", zh, "The password must not contain the username.")
    elif is_commonplace(password):
        zh, en = "密码过于简单或常见。", "The password is too simple or too common."
        yield _problem("password", "password-common", zh, en)


def is_commonplace(password: str) -> bool:
    """Whether everybody would try this password first."""
    return len(set(password)) < FEWEST_DIFFERENT or password.casefold() in _common_passwords()


def is_name(text: str) -> bool:
    """Whether it can be somebody's name; one with invisible characters would show as another's."""
    return text.isprintable() and _NAME.fullmatch(text) is not None


def refused_person(person: Person) -> Iterator[FieldProblem]:
    """What is wrong with a person's name, ID number and phone."""
    if not is_name(person.name):
        yield _problem("name", "name-form", "请填写真实姓名。", "Write the name as on the ID card.")
    if not is_citizen_id(person.id_number):
        zh = "身份证号应为 18 位，且出生日期与校验位有效。"
        en = "An ID number has 18 characters with an existing date and a right check digit."
        yield _problem("id_number", "id-number-invalid", zh, en)
    if not _PHONE.fullmatch(person.phone):
        zh, en = "请填写手机号码，或带区号的固定电话。", "Write a mobile number, or a landline with its area code."
        yield _problem("phone", "phone-form", zh, en)


def refused_holder(name: str) -> Iterator[FieldProblem]:
    """What is wrong with the name of the colleague who gets a unit's account."""
    if not is_name(name.strip()):
        yield _problem("name", "name-form", "请填写使用人姓名。", "Name the person who uses the account.")


def refused_questions(questions: Sequence[SecurityQuestion]) -> Iterator[FieldProblem]:
    """What is wrong with the security questions: three different ones, each with an answer."""
    different = {compared(one.question) for one in questions} - {""}
    if len(questions) != QUESTIONS or len(different) != QUESTIONS:
        zh, en = f"请设置 {QUESTIONS} 个不同的密保问题。", f"Set {QUESTIONS} different security questions."
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
