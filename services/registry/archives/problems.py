"""The refusals that concern the archive of providers, each with its reason and the next step."""

from shared.problems import Kind, RuleBroken


class ArchiveBySuperiorUnit(RuleBroken):
    """A county's unit archives nothing: an archive is final, and the unit above decides (INS-5)."""

    code = "archive-by-superior-unit"
    kind = Kind.FORBIDDEN
    zh = "归档由市级及以上医保部门办理，县级医保部门不能归档“{name}”。"
    en = "Units of a city and above archive; a county's unit cannot archive “{name}”."
    next_zh = "请联系上级医保部门办理归档。"
    next_en = "Ask the superior unit to archive it."


class NeverApproved(RuleBroken):
    """What was never approved is not archived: its maintainer deletes it (INS-5)."""

    code = "never-approved"
    kind = Kind.CONFLICT
    zh = "“{name}”尚未审核通过，不需要归档。"
    en = "“{name}” was never approved; it needs no archive."
    next_zh = "请退回给填报人，由其删除。"
    next_en = "Return it to its maintainer, who can delete it."
