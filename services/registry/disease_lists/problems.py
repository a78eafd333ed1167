"""The refusals that concern disease lists, each with its reason and the next step."""

from shared.problems import Kind, RuleBroken


class DiseaseListOfCities(RuleBroken):
    """Diseases are recorded by cities and their counties."""

    code = "disease-list-of-cities"
    kind = Kind.FORBIDDEN
    zh = "病种由地市和区县医保部门维护。"
    en = "The insurance units of cities and counties maintain the disease lists."
    next_zh = "请由相应的地市或区县医保部门录入；本单位可以查看所辖地市的病种。"
    next_en = "Have the city or county record it; your unit can read the lists of its cities."


class DiseaseRecordedAlready(RuleBroken):
    """A unit records a disease once in a list; one of its city or counties may record the same."""

    code = "disease-recorded-already"
    kind = Kind.CONFLICT
    zh = "本单位已在该目录中录入“{name}”。"
    en = "Your unit has recorded “{name}” in this list already."
    next_zh = "无需重复录入；如需更换政策文件，请先删除原记录。"
    next_en = "There is no need to record it again; to replace its policy document, remove it first."
