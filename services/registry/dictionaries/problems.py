"""The refusals that concern dictionaries, each with its reason and the next step."""

from shared.problems import Kind, RuleBroken


class DictionaryFixed(RuleBroken):
    """Some dictionaries follow from elsewhere: the divisions from the regions, the scopes from the platform."""

    code = "dictionary-fixed"
    kind = Kind.CONFLICT
    zh = "字典“{name}”由系统维护，不能在此修改。"
    en = "The dictionary “{name}” is the platform's own and is not changed here."
    next_zh = "行政区划随民政部的新版本更新；开发区请办理开发区申请。"
    next_en = "Divisions come with a new edition of the regions; for a development zone there is an application."


class EntryExists(RuleBroken):
    """A code has one meaning for ever, and a name has one code at a time."""

    code = "dictionary-entry-exists"
    kind = Kind.CONFLICT
    zh = "字典“{name}”中已有代码 {existing}“{existing_name}”，代码不能重复使用，有效的名称不能重复。"
    en = "“{name}” has {existing} “{existing_name}” already; no code is used again, no valid name twice."
    next_zh = "请换用未使用过的代码；要更换名称，请先停用原代码。"
    next_en = "Take a code that was never used; to replace a name, retire its code first."


class EntryRetired(RuleBroken):
    """What has ended stays ended, because records were refused by it."""

    code = "dictionary-entry-retired"
    kind = Kind.CONFLICT
    zh = "代码 {entry} 已于 {last_day} 停用，不能再次停用。"
    en = "The code {entry} was retired already; its last day was {last_day}."
    next_zh = "如需恢复使用，请用新的代码新增。"
    next_en = "To use it again, add the entry with a new code."
