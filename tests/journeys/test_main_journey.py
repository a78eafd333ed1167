"""The main journey, through the gateway's HTTP interface alone, with the province listening beside."""

import re

import pytest

from deploy.laptop.demo.places import HUNAN, JIANGSU
from deploy.laptop.demo.provincial_system import provincial_system
from deploy.laptop.stack.platform import Platform
from shared.contracts.agreements.events import AgreementEntered
from tests.platforms import AGREED, CODED, REVIEWED, a_journey

pytestmark = pytest.mark.xdist_group("platform")


@pytest.mark.requirement("COD-1", "COD-3", "INT-1")
async def test_an_institution_gets_its_code_and_its_province_hears_of_it(platform: Platform) -> None:
    async with provincial_system(platform.describe(), HUNAN.province_code) as province, a_journey(platform) as one:
        institution = await one.play()
        assert re.fullmatch(r"H430302\d{5}", institution["code"])
        await province.received(one.agreement["agreement_id"], AgreementEntered.type)
    received = [event["type"] for event in province.about(institution["record_id"])]
    assert [kind for kind in received if kind.startswith("review.")] == REVIEWED
    assert [kind for kind in received if not kind.startswith("review.")] == CODED
    assert [event["type"] for event in province.about(one.agreement["agreement_id"])] == AGREED
    assert province.others == 0
    assert province.out_of_order == 0
    assert all(event["documented"] for event in province.events)


@pytest.mark.requirement("COD-2", "INT-1")
async def test_with_policy_b_the_code_comes_after_the_agreement(platform: Platform) -> None:
    hunan, jiangsu = HUNAN.province_code, JIANGSU.province_code
    described = platform.describe()
    async with (
        provincial_system(described, hunan) as elsewhere,
        provincial_system(described, jiangsu) as province,
        a_journey(platform, JIANGSU, waits_for_agreement=True) as one,
    ):
        institution = await one.play()
        assert re.fullmatch(r"H320312\d{5}", institution["code"])
        await province.received(one.agreement["agreement_id"], AgreementEntered.type)
    assert province.others == 0
    assert elsewhere.about(institution["record_id"]) == []
    received = [event["type"] for event in province.about(institution["record_id"])]
    assert received.index("coding.code.awaited.v1") < received.index("coding.code.assigned.v1")
