"""Shows what came to nothing: it is stored as a code with its facts, and shown in both languages."""

from collections.abc import Mapping
from typing import Any, Self

from shared.problems import ProblemText, RuleBroken, texts_of


class ProblemView(ProblemText):
    """Why something came to nothing, and what to do now."""

    @classmethod
    def of(cls, stored: Mapping[str, Any], rules: Mapping[str, type[RuleBroken]]) -> Self:
        """From the code and the facts of one of these rules."""
        facts = {name: value for name, value in stored.items() if name != "code"}
        return cls(**texts_of(rules[stored["code"]](**facts)))
