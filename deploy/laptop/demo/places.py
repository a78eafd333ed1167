"""Where the sample data are: two provinces, their units, and names of public institutions there."""

from dataclasses import dataclass

from deploy.settings_table import FIRST_ACCOUNTS


@dataclass(frozen=True, slots=True)
class Place:
    """A county with its city and province, the units on its submissions' way, and institutions in it.

    `chain` is the name of a chain of pharmacies, `short_name` the province's character on a drug licence.
    """

    province: str
    city: str
    county: str
    units: tuple[tuple[str, str, str], ...]
    institutions: tuple[str, ...]
    person: str
    chain: str
    short_name: str

    @property
    def province_code(self) -> str:
        """The two digits of the province."""
        return self.province[:2]

    def usernames(self, role: str) -> list[str]:
        """The usernames of the units' accounts of one role, from the county up."""
        return [f"{short}.{role}" for _, _, short in self.units]


HUNAN = Place(
    province="430000",
    city="430300",
    county="430302",
    units=(
        ("430302", "湘潭市雨湖区医疗保障局", "yuhu"),
        ("430300", "湘潭市医疗保障局", "xiangtan"),
        ("430000", "湖南省医疗保障局", "hunan"),
    ),
    institutions=(
        "湘潭市中心医院",
        "湘潭市第一人民医院",
        "湘潭市妇幼保健院",
        "湘潭市第五人民医院",
        "湘潭市中医医院",
    ),
    person="周立平",
    chain="湘潭样本大药房连锁",
    short_name="湘",
)
JIANGSU = Place(
    province="320000",
    city="320300",
    county="320312",
    units=(
        ("320312", "徐州市铜山区医疗保障局", "tongshan"),
        ("320300", "徐州市医疗保障局", "xuzhou"),
        ("320000", "江苏省医疗保障局", "jiangsu"),
    ),
    institutions=("徐州市铜山区张集镇中心卫生院", "徐州市铜山区大许镇卫生院", "徐州市铜山区房村镇卫生院"),
    person="吴国栋",
    chain="徐州样本大药房连锁",
    short_name="苏",
)
PLACES = (HUNAN, JIANGSU)
SAMPLE_USERNAMES = tuple(
    username
    for word in FIRST_ACCOUNTS
    for username in (f"nation.{word}", *(name for place in PLACES for name in place.usernames(word)))
)
"""The usernames of the units' sample accounts."""
