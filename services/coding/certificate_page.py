"""A certificate as a page of paper: one A4 PDF with its fonts embedded and a QR code that anybody checks."""

import io
from datetime import date
from typing import Any

from services.coding.certificates import Certificate
from services.coding.problems import CertificateNotDrawable
from shared.pdf.fonts import FONT_NAME, markup, register_letter_fonts, without_glyph
from shared.pdf.qr import MEDIUM, draw_qr

TITLE = "医疗保障信息业务编码证书"
# Kinds are open strings: another one is printed as the register names it.
KIND_TITLES = {
    "institution": "定点医疗机构",
    "pharmacy": "定点零售药店",
    "physician": "医保医师",
    "nurse": "医保护士",
    "hospital_pharmacist": "医疗机构药师",
    "hospital_technician": "医疗机构技师",
    "pharmacist": "药店药师",
}
NOTES = (
    "本证书所载信息以扫码核验结果为准；名称、地区变更后，请重新下载。",
    "Scan the code to check this certificate; after a change of name or region, download it again.",
)
QR_MM = 55


def render_certificate(certificate: Certificate) -> bytes:
    """Renders the certificate; a pure function of it, byte for byte. Raises CertificateNotDrawable.

    reportlab and its fonts are imported with the first certificate: assigning codes needs neither.
    """
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.units import mm
    from reportlab.pdfgen.canvas import Canvas

    register_letter_fonts()
    if missing := without_glyph(certificate.name):
        raise CertificateNotDrawable(characters=missing)
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4, invariant=1, pageCompression=1, lang="zh-CN")
    canvas.setTitle(f"{TITLE} {certificate.code}")
    canvas.setFont(FONT_NAME, 24)
    canvas.drawCentredString(A4[0] / 2, 255 * mm, TITLE)
    bottom = _draw_facts(canvas, certificate, 235 * mm)
    draw_qr(canvas, certificate.url, (A4[0] - QR_MM * mm) / 2, bottom - (QR_MM + 12) * mm, QR_MM * mm, MEDIUM)
    canvas.setFont(FONT_NAME, 9)
    for n, note in enumerate(NOTES):
        canvas.drawCentredString(A4[0] / 2, (28 - 6 * n) * mm, note)
    canvas.showPage()
    canvas.save()
    return file.getvalue()


def _draw_facts(canvas: Any, certificate: Certificate, top: float) -> float:
    """Draws the table of facts below `top`, long names over several lines; returns its lower edge."""
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.lib.units import mm
    from reportlab.platypus import Paragraph, Table

    style = ParagraphStyle("fact", fontName=FONT_NAME, fontSize=12, leading=18, wordWrap="CJK")
    rows = [[Paragraph(label, style), Paragraph(markup(fact), style)] for label, fact in _facts(certificate)]
    table = Table(rows, colWidths=[40 * mm, 120 * mm], style=[("GRID", (0, 0), (-1, -1), 0.5, "#555555")])
    _, height = table.wrapOn(canvas, 160 * mm, top)
    table.drawOn(canvas, 25 * mm, top - height)
    return float(top - height)


def _facts(certificate: Certificate) -> list[tuple[str, str]]:
    return [
        ("编　　码", certificate.code),
        ("名　　称", certificate.name),
        ("类　　别", KIND_TITLES.get(certificate.kind, certificate.kind)),
        ("行政区划", certificate.region),
        ("赋码日期", _written(certificate.assigned_on)),
        ("出具日期", _written(certificate.issued_on)),
    ]


def _written(day: date) -> str:
    return f"{day.year} 年 {day.month} 月 {day.day} 日"
