"""Dictionaries: the codes that fields of the registry's forms may have.

Their published editions are read from files once; what the nation's unit changes since is in the database.
"""

from pathlib import Path

from shared.forms.dictionaries import read_dictionaries

_DIVISIONS = Path(__file__).parents[1] / "regions" / "data" / "divisions.csv"

DICTIONARIES = read_dictionaries(Path(__file__).parent / "data", {"division": _DIVISIONS})
