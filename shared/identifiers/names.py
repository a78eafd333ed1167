"""Names as they are compared: after NFKC, with spaces, case and kinds of brackets and dashes levelled."""

import re
import unicodedata

_BRACKETS = str.maketrans("【】〔〕[]", "()()()")
_IGNORED = re.compile(r"[\s·•・\-–—_]+")


def compared(name: str) -> str:
    """The form in which two names that a reader takes for the same are the same.

    Full-width letters and digits become half-width (NFKC), brackets become `()`, spaces and dots vanish.
    """
    levelled = unicodedata.normalize("NFKC", name)
    levelled = levelled.translate(_BRACKETS)
    return _IGNORED.sub("", levelled).casefold()
