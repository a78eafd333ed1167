"""Initials of names in pinyin: 湘潭市中心医院 is found by `xtszxyy` (AUT-1).

Characters with several readings are read by the words that they are in: 重庆 is `cq`, 厦门 `xm`.
"""

import re

from pypinyin import Style, lazy_pinyin

# In 重庆市长寿区 and 广东省长安医院 nobody is a mayor or a governor.
_NO_OFFICE = re.compile(r"(?<=[省市州县区镇乡村])(?=长)")


def initials_of(name: str) -> str:
    """Returns the first letter of each character's reading; what has no reading stays as it is."""
    return "".join(
        letter for part in _NO_OFFICE.split(name) for letter in lazy_pinyin(part, style=Style.FIRST_LETTER)
    )
