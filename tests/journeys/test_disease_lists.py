"""Disease lists of a city and its counties."""

from typing import Any

import pytest

from deploy.laptop.demo.person import Person
from deploy.laptop.demo.sample_files import as_pdf, picture
from deploy.laptop.stack.platform import Platform
from tests.journeys.test_accounts import refused
from tests.platforms import a_journey

pytestmark = pytest.mark.xdist_group("platform")

CITY, COUNTY, PATH = "430300", "430302", "/disease-lists/chronic-outpatient"


async def policy(person: Person, title: str) -> str:
    """The receipt of a policy document."""
    page = as_pdf(picture(title, ["样本"]))
    return str((await person.upload("/documents", page, "application/pdf", f"{title}.pdf"))["receipt"])


@pytest.mark.requirement("CAT-1")
async def test_a_city_and_its_counties_keep_their_diseases_which_are_shown_once(platform: Platform) -> None:
    async with a_journey(platform) as one:
        city, county, province, elsewhere = [
            await one.known(f"{short}.maintainer").sign_in() for short in ("xiangtan", "yuhu", "hunan", "xuzhou")
        ]

        async def record(unit: Person, name: str, title: str, path: str = PATH) -> Any:
            return await unit.post(path, json={"name": name, "policy": await policy(unit, title)})

        async def listed(reader: Person, region: str = CITY, path: str = PATH) -> dict[str, tuple[str, list[str]]]:
            page = await reader.get(path, params={"region": region})
            return {
                each["name"]: (each["policy"]["name"], [by["region"] for by in each["recordings"]])
                for each in page["items"]
            }

        await record(city, "高血压（高危组）", "湘潭市门诊慢特病政策")
        own = await record(county, "尘肺病", "雨湖区门诊慢特病政策")
        # The county records a disease of the city once more, typed another way.
        same = await record(county, "高血压 (高危组)", "雨湖区高血压政策")
        await record(city, "白内障", "湘潭市日间手术政策", "/disease-lists/day-surgery")
        assert await listed(await one.known("nation.maintainer").sign_in()) == {
            "高血压（高危组）": ("湘潭市门诊慢特病政策.pdf", [CITY, COUNTY]),
            "尘肺病": ("雨湖区门诊慢特病政策.pdf", [COUNTY]),
        }
        assert set(await listed(county, COUNTY)) == {"尘肺病", "高血压 (高危组)"}
        assert list(await listed(county, CITY, "/disease-lists/day-surgery")) == ["白内障"]
        assert await listed(elsewhere, "320300") == {}
        again = await refused(record(county, "尘肺病", "另一份政策"))
        assert (again.status, again.code) == (409, "disease-recorded-already")
        above = await refused(record(province, "尘肺病", "湖南省政策"))
        assert (above.status, above.code) == (403, "disease-list-of-cities")
        # Limits and ratios are the policy document's: there is no field for them.
        more = {"name": "糖尿病", "policy": await policy(county, "政策"), "limit": 3000}
        assert (await refused(county.post(PATH, json=more))).status == 422
        assert (await refused(county.post(PATH, json={"name": "糖尿病"}))).status == 422
        assert (await refused(city.get("/disease-lists/others", params={"region": CITY}))).status == 404
        # The policy is read by its unit and those above it, and taken out by its unit alone.
        content = f"/documents/{own['policy']['document_id']}/content"
        assert (await city.until(content, bytes)).startswith(b"%PDF-")
        assert (await refused(elsewhere.get(content))).status == 404
        assert (await refused(city.delete(f"{PATH}/{same['disease_id']}"))).status == 404
        await county.delete(f"{PATH}/{same['disease_id']}")
        assert (await listed(city))["高血压（高危组）"] == ("湘潭市门诊慢特病政策.pdf", [CITY])
