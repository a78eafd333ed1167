"""Private values at rest: encrypted one by one within the values of a record."""

import base64
from collections.abc import Mapping
from typing import Any

from services.registry.records.rules import Copy
from shared.forms.form import Form
from shared.security.identifiers import Cipher

_SEALED = "sealed:"


def sealed(form: Form, values: Mapping[str, Any], cipher: Cipher) -> dict[str, Any]:
    """The values as they are kept."""
    return {name: _sealed(value, cipher) if name in form.private else value for name, value in values.items()}


def opened(form: Form, copy: Copy, cipher: Cipher) -> Copy:
    """A copy with its private values in clear; one that was kept before its field was private is in clear."""
    values = {
        name: _opened(value, cipher) if name in form.private else value for name, value in copy.values.items()
    }
    return Copy(values, copy.attachments)


def _sealed(value: str, cipher: Cipher) -> str:
    return _SEALED + base64.b64encode(cipher.encrypt(value)).decode()


def _opened(value: str, cipher: Cipher) -> str:
    if not value.startswith(_SEALED):
        return value
    return cipher.decrypt(base64.b64decode(value.removeprefix(_SEALED)))
