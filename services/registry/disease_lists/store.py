"""The SQL of disease lists."""

from uuid import UUID

from services.registry.disease_lists.rules import Disease, DiseaseList, ListedDisease, recordings_of
from shared.contracts.registry.events import Attachment
from shared.postgres.columns import Column
from shared.postgres.row_mapper import RowMapper, enum, model
from shared.postgres.transaction import Rows, Transaction

_DISEASE = RowMapper(
    Disease,
    {
        "disease_id": "uuid",
        "list_name": enum(DiseaseList),
        "identity": "text",
        "name": "text",
        "region": "text",
        "unit_id": "uuid",
        "policy": model(Attachment),
        "recorded_by": "uuid",
        "recorded_at": "timestamptz",
    },
)
_LISTED = RowMapper(
    ListedDisease,
    {"identity": "text", "name": "text", "recordings": Column("jsonb", decode=recordings_of)},
)
_INSERT = f"""
INSERT INTO disease ({_DISEASE.columns}) VALUES ({_DISEASE.parameters})
ON CONFLICT (list_name, region, identity) WHERE removed_at IS NULL DO NOTHING RETURNING true
"""
_REMOVE = """
UPDATE disease SET removed_at = $3 WHERE disease_id = $1 AND unit_id = $2 AND removed_at IS NULL RETURNING name
"""
# A city and its counties have some hundred diseases at most.
_PAGE = """
SELECT identity, (array_agg(disease.name ORDER BY disease.region))[1] AS name,
       jsonb_agg(jsonb_build_object('disease_id', disease_id, 'region', disease.region, 'unit_name', unit.name,
                                    'policy', policy)) AS recordings
FROM disease JOIN unit USING (unit_id)
WHERE list_name = $1 AND disease.region BETWEEN $2 AND $3 AND removed_at IS NULL AND identity > $4
GROUP BY identity ORDER BY identity LIMIT $5
"""


async def insert(tx: Transaction, disease: Disease) -> bool:
    """Writes a disease; false where the unit has recorded it in the list already."""
    return bool(await tx.fetchval(_INSERT, *_DISEASE.values(disease)))


async def remove(tx: Transaction, disease_id: UUID, unit_id: UUID | None) -> str | None:
    """Takes a unit's disease out of its list; returns its name, or None where the unit has no such disease."""
    name: str | None = await tx.fetchval(_REMOVE, disease_id, unit_id, tx.now)
    return name


async def page(
    rows: Rows, listed: DiseaseList, span: tuple[str, str], after: str, limit: int
) -> list[ListedDisease]:
    """The diseases of a list within a span of regions, each once, in the order of their names."""
    return [_LISTED.from_row(row) for row in await rows.fetch(_PAGE, listed, *span, after, limit)]
