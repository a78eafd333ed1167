"""Dictionaries: the codes that fields of an agreement may have, read from their files once.

`data/editions.csv` lists them with their edition and source. English names are translations. A code that some
agreement bears is never removed: it ends with its last day, in a column `valid_until`.
"""

from pathlib import Path

from shared.forms.dictionaries import read_dictionaries

DICTIONARIES = read_dictionaries(Path(__file__).parent / "data")
