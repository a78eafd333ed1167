"""Whether a PDF would run something or carries other files: keys count where readers give them a meaning."""

from enum import Enum, auto
from typing import Any, Final

from pypdf.generic import DictionaryObject

from services.documents.pdf.problems import PdfCarriesActiveContent

_ACTIVE_KINDS = {"/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/GoToE", "/Rendition"}
_ACTIVE_KEYS = {"/JavaScript", "/JS", "/EmbeddedFiles", "/EF", "/XFA"}
_ACTIVE_TYPES = {"/EmbeddedFile", "/FileAttachment", "/RichMedia", "/Movie", "/Screen", "/Sound", "/3D"}


class Place(Enum):
    """What a reader takes a dictionary for, by the key that led to it."""

    PLAIN = auto()  # its keys are the standard's
    GROUPS = auto()  # resources and appearances: its values are dictionaries of names
    NAMES = auto()  # its keys are names of the author's choice
    INERT = auto()  # the logical structure and notes: nothing in it is ever executed


_LEADS_TO: Final[dict[str, Place]] = {
    "/Resources": Place.GROUPS,
    "/DR": Place.GROUPS,
    "/AP": Place.GROUPS,
    "/CharProcs": Place.NAMES,
    "/Dests": Place.NAMES,
    "/Colorants": Place.NAMES,
    "/StructTreeRoot": Place.INERT,
    "/PieceInfo": Place.INERT,
    "/Info": Place.INERT,
}


def place_below(place: Place, key: str) -> Place:
    """What the value of a key is taken for."""
    if place is Place.INERT:
        return Place.INERT
    if place is Place.GROUPS:
        return Place.NAMES
    return Place.PLAIN if place is Place.NAMES else _LEADS_TO.get(key, Place.PLAIN)


def refuse_active(thing: DictionaryObject, place: Place) -> None:
    """Raises PdfCarriesActiveContent for a dictionary that, in its place, runs something or carries a file."""
    if place is not Place.PLAIN:
        return
    found = _ACTIVE_KEYS.intersection(thing) | (_names(thing) & (_ACTIVE_KINDS | _ACTIVE_TYPES))
    if found:
        raise PdfCarriesActiveContent(found=", ".join(sorted(found)))


def _names(thing: DictionaryObject) -> set[str]:
    given: list[Any] = [thing.get(key) for key in ("/S", "/Subtype", "/Type")]
    return {str(name) for name in given}
