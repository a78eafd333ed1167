"""The journey of a chain of pharmacies: one account and one letter for all stores; each has its record and code.

What a store goes through is what an institution goes through; a chain's own are the account and the letter.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from deploy.laptop.demo.journey import Journey
from deploy.laptop.demo.sample_files import ENTERPRISE, Numbers, credit_code, identity_number

STORES = ("建设路店", "韶山路店", "车站路店")


@dataclass(slots=True)
class StoreJourney(Journey):
    """One store's way through the platform."""

    collection: ClassVar[str] = "pharmacies"
    noun: ClassVar[tuple[str, str]] = ("药店", "pharmacy")
    scopes: ClassVar[Sequence[str]] = ("pharmacy", "pharmacist")
    certificate: ClassVar[str] = "营业执照"
    licence: ClassVar[str] = "药品经营许可证"
    agreed: ClassVar[str] = "定点零售药店服务协议"

    store: str = ""

    @property
    def name(self) -> str:
        """The store's name."""
        return f"{self.place.chain}{self.store}"

    def numbers(self) -> Numbers:
        """The numbers of its two licences."""
        return Numbers.of_pharmacy(self.place.county, self.place.short_name, self.chance)

    def values(self) -> dict[str, Any]:
        """The record as the head office fills it in."""
        return {
            "short_name": self.store,
            "business_licence_from": "2020-03-01",
            "business_licence_long_term": True,
            "licence_expires_on": "2030-12-31",
            "business_scope": ["02", "03"],
            "chain_type": "2",
            "branch": True,
            "economic_type": "100",
            "business_mode": "2",
            "business_state": "0",
            "address_division": self.place.county,
            "address": "和平路8号",
            "pooling_region": self.place.county,
            "legal_representative": "郑明远",
            "legal_representative_id_type": "01",
            "legal_representative_id_number": identity_number(self.place.county, self.chance),
            "person_in_charge": "郑明远",
            "hi_contact_name": self.place.person,
            "hi_contact_phone": "0399-80000000",
        }

    def terms(self) -> dict[str, Any]:
        """A retail pharmacy's agreement: the purchase of medicines."""
        return {"agreement_type": "2", "service_scope": ["4"]}


@dataclass(slots=True)
class ChainJourney(StoreJourney):
    """The head office: its first store's journey, with the account, the letter and the other stores beside it."""

    store: str = STORES[0]
    others: list[StoreJourney] = field(default_factory=list)
    enterprise: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        """Draws the head office and its other stores."""
        StoreJourney.__post_init__(self)
        code = credit_code(ENTERPRISE, self.place.county, self.chance)
        self.enterprise = {"name": f"{self.place.chain}有限公司", "uscc": code}
        self.others = [self._another(store) for store in STORES[1:]]

    def _another(self, store: str) -> StoreJourney:
        one = StoreJourney(
            self.http,
            self.description,
            self.place,
            self.reporter,
            returned_once=False,
            prefix=self.prefix,
            store=store,
        )
        one.person = self.person
        return one

    @property
    def stores(self) -> list[StoreJourney]:
        """All its stores."""
        return [self, *self.others]

    @property
    def entrusted(self) -> list[str]:
        """All stores."""
        return [one.institution["record_id"] for one in self.stores]

    @property
    def mandate(self) -> dict[str, Any]:
        """The letter for all stores, which the enterprise alone stamps (AUT-7)."""
        return {"scopes": list(self.scopes), "provider_ids": self.entrusted, "enterprise": self.enterprise}

    async def add_institution(self) -> None:
        """Every store is added."""
        for one in self.stores:
            await StoreJourney.add_institution(one)

    async def play(self) -> dict[str, Any]:
        """The chain's account and letter, then each store's way; answers the first store."""
        for step in (self.register, self.add_institution, self.authorise, self.nation_approves_mandate):
            await step()
        for one in self.stores:
            await one.fill_in()
            await one.review()
            await one.receive_code()
            await one.agree()
        return self.institution
