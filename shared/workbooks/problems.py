"""Why a workbook is not read, each with the next step."""

from shared.problems import Kind
from shared.workers.problems import FileRefused


class WorkbookUnreadable(FileRefused):
    """The file is no workbook that can be read, whatever its name says."""

    code = "workbook-unreadable"
    kind = Kind.INVALID
    zh = "该文件不是可以读取的工作簿（.xlsx、.xls、.ods 或 .csv），或已损坏。"
    en = "This file is not a workbook that can be read (.xlsx, .xls, .ods or .csv), or it is damaged."
    next_zh = "请用 Excel 或 WPS 打开后另存为 .xlsx，再上传。"
    next_en = "Open it in Excel or WPS, save it as .xlsx, and upload that."


class WorkbookEncrypted(FileRefused):
    """The workbook opens with a password only."""

    code = "workbook-encrypted"
    kind = Kind.INVALID
    zh = "该工作簿设置了打开密码，无法读取。"
    en = "This workbook is protected by a password and cannot be read."
    next_zh = "请取消密码保护后重新上传。"
    next_en = "Remove the password and upload it again."


class WorkbookTooLarge(FileRefused):
    """The workbook has more rows or columns, or more inside its archive, than an import takes."""

    code = "workbook-too-large"
    kind = Kind.TOO_LARGE
    zh = "该工作簿内容超出上限（最多 {rows} 行、{columns} 列）。"
    en = "This workbook holds more than {rows} rows or {columns} columns."
    next_zh = "请删除多余的空白行列，或分成几个文件上传。"
    next_en = "Remove empty rows and columns, or split it into several files."


class WorkbookEmpty(FileRefused):
    """No sheet has a row with something in it."""

    code = "workbook-empty"
    kind = Kind.INVALID
    zh = "该工作簿中没有数据。"
    en = "There is nothing in this workbook."
    next_zh = "请下载模板，填写后上传。"
    next_en = "Download the template, fill it in and upload it."
