"""The refusals that concern development zones, each with its reason and the next step."""

from shared.problems import Kind, RuleBroken


class ZoneOfCity(RuleBroken):
    """A development zone belongs to a city, whose unit applies for it."""

    code = "zone-of-city"
    kind = Kind.FORBIDDEN
    zh = "开发区由其所属地市的医保部门申请。"
    en = "The insurance unit of the city that a development zone belongs to applies for it."
    next_zh = "请联系该开发区所属地市的医保部门。"
    next_en = "Ask the unit of that city."


class ZoneIsDivision(RuleBroken):
    """Digits 3 to 8 of the credit code are the code of a region that exists: no zone is added (REG-2)."""

    code = "zone-is-division"
    kind = Kind.CONFLICT
    zh = "统一社会信用代码第 3-8 位 {region_code} 是现有地区“{region_name}”的代码，不予新增。"
    en = "Digits 3 to 8 of the credit code, {region_code}, are the code of {region_name}: no region is added."
    next_zh = "请在原行政区划“{region_name}”下维护。"
    next_en = "Keep the zone's institutions under {region_name}."


class ZoneAppliedFor(RuleBroken):
    """There is an application for this code already."""

    code = "zone-applied-for"
    kind = Kind.CONFLICT
    zh = "代码 {region_code} 的开发区已提交申请。"
    en = "A zone with the code {region_code} has been applied for already."
    next_zh = "请查看原申请；被退回的申请可更正后重新提交。"
    next_en = "See that application; once returned it can be corrected and submitted again."


class ZoneNotReturned(RuleBroken):
    """An application is mended after it was returned, neither under review nor once approved."""

    code = "zone-not-returned"
    kind = Kind.CONFLICT
    zh = "该开发区申请正在审核中或已审核通过，不能修改。"
    en = "The application is under review or approved and cannot be changed."
    next_zh = "请等待审核结果；被退回后可更正并重新提交。"
    next_en = "Wait for the result; once returned it can be corrected and submitted again."
