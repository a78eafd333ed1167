"""A figure: what was measured, what the bare libraries reach in the same run, and what is aimed for."""

import json
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value; `aim` is a ratio to the ceiling where there is one, otherwise a value."""

    name: str
    value: float
    unit: str
    ceiling: float | None = None
    aim: float | None = None
    smaller_is_better: bool = False

    @property
    def ratio(self) -> float | None:
        """The value in terms of the ceiling."""
        return None if self.ceiling is None else self.value / self.ceiling

    @property
    def missed(self) -> bool:
        """Whether the aim was not reached."""
        if self.aim is None:
            return False
        reached = self.value if self.ratio is None else self.ratio
        return reached > self.aim if self.smaller_is_better else reached < self.aim

    def line(self) -> str:
        """The figure as one JSON object."""
        return json.dumps(
            {
                "name": self.name,
                "value": round(self.value, 3),
                "unit": self.unit,
                "ceiling": None if self.ceiling is None else round(self.ceiling, 3),
                "ratio": None if self.ratio is None else round(self.ratio, 3),
                "aim": self.aim,
            },
            ensure_ascii=False,
        )


def table(figures: Sequence[Figure]) -> str:
    """The figures for a reader."""
    rows = [("figure", "value", "unit", "ceiling", "ratio", "aim", "")]
    for one in figures:
        sign = "≤" if one.smaller_is_better else "≥"
        rows.append(
            (
                one.name,
                f"{one.value:,.1f}",
                one.unit,
                "–" if one.ceiling is None else f"{one.ceiling:,.1f}",
                "–" if one.ratio is None else f"{one.ratio:.2f}",
                "–" if one.aim is None else f"{sign} {one.aim:g}",
                "missed" if one.missed else "",
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
