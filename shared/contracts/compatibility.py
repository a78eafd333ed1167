"""Checks whether a changed event contract is compatible with the receivers and events of the old one.

Receivers ignore fields that they do not know, so that an optional one may be added; everything else breaks one
side: a receiver that counts on what has gone or refuses a value that is new to it, or events of the old form that
are still waiting in queues and feeds. What may get new values (kinds, scopes) is an open string.
"""

from collections.abc import Iterator
from typing import Any

_NARROWING_AT_LEAST = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_NARROWING_AT_MOST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
Schema = dict[str, Any]


def breaking_changes(old: Schema, new: Schema) -> list[str]:
    """Lists the incompatible changes, each with its place; empty where the contract stays compatible."""
    found = list(_Comparison(old, new).schema(old, new, "$"))
    if old.get("title") != new.get("title"):
        found.append(f"$: the type's name changed from {old.get('title')} to {new.get('title')}")
    return found


class _Comparison:
    """Compares two schema documents, each with its own definitions."""

    def __init__(self, old: Schema, new: Schema) -> None:
        self._old_definitions: Schema = old.get("$defs", {})
        self._new_definitions: Schema = new.get("$defs", {})
        self._compared: set[tuple[str, str]] = set()

    def schema(self, old: Schema, new: Schema, place: str) -> Iterator[str]:
        """Yields the incompatible changes at one place and below it."""
        pair = (old.get("$ref", ""), new.get("$ref", ""))
        if all(pair):
            if pair in self._compared:
                return
            self._compared.add(pair)
        old, new = _resolved(old, self._old_definitions), _resolved(new, self._new_definitions)
        yield from self._types(old, new, place)
        yield from _values(old, new, place)
        yield from _bounds(old, new, place)
        yield from self._fields(old, new, place)
        yield from self._parts(old, new, place)

    def _types(self, old: Schema, new: Schema, place: str) -> Iterator[str]:
        before, after = _types_of(old, self._old_definitions), _types_of(new, self._new_definitions)
        if before and after != before:
            yield f"{place}: the type changed from {_joined(before)} to {_joined(after)}"

    def _fields(self, old: Schema, new: Schema, place: str) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        for name in before.keys() - after.keys():
            yield f"{place}.{name}: the field was removed"
        for name in set(new.get("required", [])) - set(old.get("required", [])):
            yield f"{place}.{name}: the field became required"
        for name in set(old.get("required", [])) - set(new.get("required", [])) & after.keys():
            yield f"{place}.{name}: the field is no longer always there"
        for name in sorted(before.keys() & after.keys()):
            yield from self.schema(before[name], after[name], f"{place}.{name}")

    def _parts(self, old: Schema, new: Schema, place: str) -> Iterator[str]:
        """Compares the items of lists, the values of maps, and alternatives."""
        for key in ("items", "additionalProperties"):
            if isinstance(old.get(key), dict) and isinstance(new.get(key), dict):
                yield from self.schema(old[key], new[key], f"{place}[]")
        for key in ("anyOf", "oneOf", "allOf", "prefixItems"):
            before, after = old.get(key, []), new.get(key, [])
            for number, (one, other) in enumerate(zip(before, after, strict=False)):
                yield from self.schema(one, other, f"{place}<{number}>")


def _resolved(schema: Schema, definitions: Schema) -> Schema:
    if "$ref" not in schema:
        return schema
    target: Schema = definitions[schema["$ref"].rsplit("/", 1)[-1]]
    return target


def _types_of(schema: Schema, definitions: Schema) -> frozenset[str]:
    """Returns the JSON types that a schema allows; empty where it allows any."""
    parts = [_resolved(part, definitions) for key in ("anyOf", "oneOf") for part in schema.get(key, [])]
    if parts:
        return frozenset().union(*(_types_of(part, definitions) for part in parts))
    kinds = schema.get("type", [])
    return frozenset([kinds] if isinstance(kinds, str) else kinds)


def _values(old: Schema, new: Schema, place: str) -> Iterator[str]:
    for key in ("const", "format", "pattern"):
        if old.get(key) != new.get(key):
            yield f"{place}: {key} changed from {old.get(key)!r} to {new.get(key)!r}"
    before, after = old.get("enum"), new.get("enum")
    if before is None and after is not None:
        yield f"{place}: only some values are allowed now"
    elif before is not None:
        previous, current = ({str(one) for one in values} for values in (before, after or before))
        for gone in sorted(previous - current):
            yield f"{place}: the value {gone!r} was removed"
        for added in sorted(current - previous):
            yield f"{place}: the value {added!r} was added, which receivers of the old form refuse"


def _bounds(old: Schema, new: Schema, place: str) -> Iterator[str]:
    for key in _NARROWING_AT_LEAST:
        if new.get(key, float("-inf")) > old.get(key, float("-inf")):
            yield f"{place}: {key} grew"
    for key in _NARROWING_AT_MOST:
        if new.get(key, float("inf")) < old.get(key, float("inf")):
            yield f"{place}: {key} shrank"


def _joined(kinds: frozenset[str]) -> str:
    return " or ".join(sorted(kinds)) or "anything"
