"""The regions of the data file into the table: once for each edition of the file and of the rules."""

import csv
import hashlib
from pathlib import Path

from services.registry.regions import store
from services.registry.regions.rules import Region, with_insurance_regions
from shared.identifiers.regions import Level
from shared.postgres.transaction import Cause, UnitOfWork

DIVISIONS = Path(__file__).parent / "data" / "divisions.csv"


def regions_of_file(path: Path = DIVISIONS) -> list[Region]:
    """All regions, from the divisions in a file with the columns code, name, level, parent."""
    with path.open(encoding="utf-8", newline="") as file:
        divisions = [
            Region(row["code"], row["name"], Level(row["level"]), row["parent"] or None)
            for row in csv.DictReader(file)
        ]
    return list(with_insurance_regions(divisions))


async def load(work: UnitOfWork, path: Path = DIVISIONS) -> bool:
    """Brings the table to the file's edition; tells whether there was anything to do."""
    regions = regions_of_file(path)
    checksum = hashlib.sha256(repr(regions).encode()).hexdigest()
    async with work.begin(Cause.itself("regions")) as tx:
        if await store.has_edition(tx, checksum):
            return False
        await store.replace(tx, regions)
        await store.keep_edition(tx, checksum)
    return True
