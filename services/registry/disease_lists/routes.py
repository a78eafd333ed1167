"""The HTTP endpoints of disease lists."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.registry.disease_lists import store, use_cases
from services.registry.disease_lists.rules import POLICY, Disease, DiseaseList, ListedDisease
from shared.contracts.registry.events import Attachment
from shared.identifiers.regions import span_of
from shared.postgres.transaction import Rows, Transaction
from shared.problems import NotFound
from shared.security.caller import Caller, Role
from shared.security.receipts import receipt_of
from shared.security.tokens import Verifier
from shared.web.pages import Page, PageQuery, Paging
from shared.web.routes import SIGNED_IN, Routes

disease_lists = Routes("disease-lists")
_DISEASES = Paging("disease-lists", identity=str)


class DiseaseToRecord(BaseModel):
    """A disease and the receipt of its policy document; limits and ratios are not kept."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=200)]
    policy: Annotated[str, Field(max_length=4000)]


class DiseaseQuery(PageQuery):
    """The city, with its counties, or one county, whose list is requested."""

    # A municipality, or digits 3 and 4 of a city; a whole province has too many diseases to be grouped.
    region: Annotated[str, Field(pattern=r"^((11|12|31|50)[0-9]{4}|[0-9]{2}([1-9][0-9]|[0-9][1-9])[0-9]{2})$")]


class DiseaseView(BaseModel):
    """A disease as a unit has recorded it."""

    disease_id: UUID
    list_name: DiseaseList
    name: str
    region: str
    policy: Attachment

    @classmethod
    def of(cls, disease: Disease) -> Self:
        """Builds the view of a disease."""
        return cls(**{name: getattr(disease, name) for name in cls.model_fields})


class RecordingView(BaseModel):
    """By whom a disease is recorded."""

    model_config = ConfigDict(from_attributes=True)

    disease_id: UUID
    region: str
    unit_name: str
    policy: Attachment


class ListedDiseaseView(BaseModel):
    """A disease of a city or its counties, shown once; `policy` is the city's, else the county's own."""

    name: str
    policy: Attachment
    recordings: list[RecordingView]

    @classmethod
    def of(cls, one: ListedDisease) -> Self:
        """Builds the view of a disease with its recordings."""
        recordings = [RecordingView.model_validate(each) for each in one.recordings]
        return cls(name=one.name, policy=one.policy, recordings=recordings)


@disease_lists.get("/disease-lists/{name}", by=SIGNED_IN)
async def list_diseases(rows: Rows, name: str, query: DiseaseQuery) -> Page[ListedDiseaseView]:
    """Anyone signed in reads a city's list, its counties' diseases too, each once (CAT-1)."""
    (after,) = _DISEASES.start(query, "")
    found = await store.page(rows, _list(name), span_of(query.region), after, query.fetched)
    return _DISEASES.page(query, found, ListedDiseaseView.of)


@disease_lists.post("/disease-lists/{name}", by=(Role.AGENCY,))
async def record_disease(
    tx: Transaction, caller: Caller, verifier: Verifier, name: str, body: DiseaseToRecord
) -> DiseaseView:
    """A city or county records a disease with its policy document (CAT-1)."""
    receipt = receipt_of(verifier, body.policy, caller)
    policy = Attachment(field=POLICY, document_id=receipt.document_id, name=receipt.name, pages=receipt.pages)
    return DiseaseView.of(await use_cases.add(tx, caller, _list(name), body.name, policy))


@disease_lists.delete("/disease-lists/{name}/{disease_id}", by=(Role.AGENCY,))
async def remove_disease(tx: Transaction, caller: Caller, name: str, disease_id: UUID) -> None:
    """The unit that has recorded a disease takes it out of the list; the others' recordings stay (CAT-1)."""
    _list(name)
    await use_cases.remove(tx, caller, disease_id)


def _list(name: str) -> DiseaseList:
    try:
        return DiseaseList(name)
    except ValueError as unknown:
        raise NotFound from unknown
