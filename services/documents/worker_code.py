"""What the workers of the documents service load: making letters, converting pages, recognising codes."""

from contextlib import suppress

from shared.pdf.font_files import FONTS_SETTING, LetterFontMissing, letter_font_files
from shared.workers.code import WorkerCode

_MODULES = (
    "services.documents.archives.zip_file",
    "services.documents.pdf.letter",
    "services.documents.pdf.pages",
    "services.documents.pdf.recognition",
)


def pdf_workers() -> WorkerCode:
    """The code of the service's workers; without a font nobody asks them for a letter."""
    code = WorkerCode(_MODULES, variables=(FONTS_SETTING,))
    with suppress(LetterFontMissing):
        return WorkerCode(_MODULES, letter_font_files(), (FONTS_SETTING,))
    return code
