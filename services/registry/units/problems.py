"""The refusals of units."""

from shared.problems import Kind, RuleBroken


class UnitExists(RuleBroken):
    """A region has one unit, and this one has it already."""

    code = "unit-exists"
    kind = Kind.CONFLICT
    zh = "该地区的医保单位已注册：{name}。"
    en = "The unit of this region is registered already: {name}."
    next_zh = "请在单位列表中查看，或为它开通账号。"
    next_en = "See it in the list of units, or open accounts for it."


class UnitBeyondRegion(RuleBroken):
    """A unit registers and equips units below its own, and nobody else's."""

    code = "unit-beyond-region"
    kind = Kind.FORBIDDEN
    zh = "只能管理本地区下级单位。"
    en = "You can manage only the units below your own region."
    next_zh = "请联系该地区的上级医保单位。"
    next_en = "Contact the superior unit of that region."
