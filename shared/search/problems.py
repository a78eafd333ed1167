"""The errors of searches."""

from shared.problems import Kind, RuleBroken


class QueryTooShort(RuleBroken):
    """A search needs at least two neighbouring characters."""

    code = "query-too-short"
    kind = Kind.INVALID
    zh = "请至少输入两个字符。"
    en = "Type at least two characters."
    next_zh = "例如输入机构名称中的两个字。"
    next_en = "Type two neighbouring characters of the name, for example."
