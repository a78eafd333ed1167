"""QR codes on a reportlab canvas, as one vector path: sharp at any size and the same bytes each time."""

from typing import Any

import qrcode
from qrcode.constants import ERROR_CORRECT_H, ERROR_CORRECT_M

HIGH, MEDIUM = ERROR_CORRECT_H, ERROR_CORRECT_M


def draw_qr(canvas: Any, text: str, left: float, bottom: float, width: float, correction: int) -> None:
    """Draws the code of a text without its quiet zone; lengths are in points, `correction` is HIGH or MEDIUM."""
    code = qrcode.QRCode(error_correction=correction, border=0)
    code.add_data(text, optimize=0)
    code.make()
    modules: list[list[bool]] = code.modules
    side = width / len(modules)
    path = canvas.beginPath()
    for row, line in enumerate(modules):
        top = bottom + width - row * side
        for start, length in _dark_runs(line):
            path.rect(left + start * side, top - side, length * side, side)
    canvas.setFillGray(0)
    canvas.drawPath(path, stroke=0, fill=1)


def _dark_runs(line: list[bool]) -> list[tuple[int, int]]:
    """Where each unbroken run of dark modules starts, and how long it is."""
    runs: list[tuple[int, int]] = []
    for column, dark in enumerate(line):
        if not dark:
            continue
        if runs and sum(runs[-1]) == column:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((column, 1))
    return runs
