"""Lists page by key, never by offset: a cursor says after which record the next page begins."""

import base64
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from shared.problems import Kind, RuleBroken

T = TypeVar("T")


class CursorRefused(RuleBroken):
    """A cursor that this list has not given out."""

    code = "cursor-refused"
    kind = Kind.INVALID
    zh = "翻页位置无效。"
    en = "The page position is not valid."
    next_zh = "请从第一页重新查看。"
    next_en = "Start again from the first page."


class PageQuery(BaseModel):
    """Where a page begins and how long it is."""

    model_config = ConfigDict(extra="forbid")

    after: str | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class Page(BaseModel, Generic[T]):
    """One page; `next` is the cursor of the one that follows, or null."""

    items: list[T]
    next: str | None = None


def cursor(*key: object) -> str:
    """The cursor that follows a record with this key."""
    return base64.urlsafe_b64encode("\x1f".join(map(str, key)).encode()).decode().rstrip("=")


def key_of(text: str | None, length: int) -> list[str] | None:
    """The key that a cursor stands for; None at the first page."""
    if text is None:
        return None
    try:
        key = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().split("\x1f")
    except ValueError as error:
        raise CursorRefused from error
    CursorRefused.unless(len(key) == length)
    return key
