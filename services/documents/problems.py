"""The refusals of the documents service, beside those of files and workers (`pdf/`, `workers/`)."""

from shared.problems import Kind, RuleBroken


class LetterNotReady(RuleBroken):
    """The letter is being made, or there is none."""

    code = "letter-not-ready"
    kind = Kind.UNKNOWN
    zh = "授权书正在生成，尚不能下载。"
    en = "The letter is being made and cannot be downloaded yet."
    next_zh = "请在 1 秒后重试。"
    next_en = "Try again in a second."


class LetterUnderReview(RuleBroken):
    """A stamped scan of the letter is under review, or on its way there."""

    code = "letter-under-review"
    kind = Kind.CONFLICT
    zh = "授权书 {number} 的盖章扫描件已提交，正在审核中，不能再次上传。"
    en = "A stamped scan of letter {number} was submitted and is under review; another one is not accepted."
    next_zh = "请等待审核结果；如被退回，可重新上传。"
    next_en = "Wait for the result; if it is returned you can upload another."


class LetterApproved(RuleBroken):
    """The authorisation was approved: its letter is not needed again."""

    code = "letter-approved"
    kind = Kind.CONFLICT
    zh = "授权书 {number} 已审核通过，无需再次上传。"
    en = "Letter {number} has been approved; no further scan is needed."
    next_zh = "如需增加机构或权限，请新建授权申请。"
    next_en = "To add institutions or scopes, request a new authorisation."


class UploadInterrupted(RuleBroken):
    """The body ended before it was whole, or took too long."""

    code = "upload-interrupted"
    kind = Kind.INVALID
    zh = "上传中断，文件没有完整到达。"
    en = "The upload was interrupted: the file did not arrive completely."
    next_zh = "请检查网络后重新上传。"
    next_en = "Check the connection and upload it again."


class UploadMalformed(RuleBroken):
    """The body does not keep to multipart/form-data, as which it was announced."""

    code = "upload-malformed"
    kind = Kind.INVALID
    zh = "上传内容的格式不符合 multipart/form-data。"
    en = "The body is not valid multipart/form-data."
    next_zh = "请用名为 file 的部分逐个上传文件，或直接把一个文件作为请求内容。"
    next_en = "Send each file as a part named file, or a single file as the body itself."


class TooManyFiles(RuleBroken):
    """More files in one upload than anybody has papers for one field."""

    code = "too-many-files"
    kind = Kind.TOO_LARGE
    zh = "一次最多上传 {limit} 个文件。"
    en = "At most {limit} files are accepted in one upload."
    next_zh = "请分几次上传，或先合并成一个 PDF 文件。"
    next_en = "Upload them in several steps, or merge them into one PDF."


class LetterNotRecognised(RuleBroken):
    """No seal of the platform was found on any page."""

    code = "letter-not-recognised"
    kind = Kind.INVALID
    zh = "未能在上传的文件中识别到授权书二维码。"
    en = "No authorisation letter's QR code was found in the upload."
    next_zh = "请确认上传的是平台生成的授权书，二维码完整清晰、未被遮挡；"
    next_zh += "仍无法识别时，可填写授权书编号转人工处理（见“附件无法识别时，如何操作？”）。"
    next_en = "Make sure that it is the letter made by the platform and that the QR code is whole and clear; "
    next_en += "otherwise type in the letter number and a person will look at it."


class LetterForged(RuleBroken):
    """A QR code on the paper bears the platform's mark but was not sealed by it."""

    code = "letter-forged"
    kind = Kind.INVALID
    zh = "文件中有不是由本平台签发的授权书二维码，不予接收。"
    en = "The file contains a letter's QR code that this platform did not issue; it is refused."
    next_zh = "请在平台重新下载授权书，盖章后上传。"
    next_en = "Download the letter from the platform again, stamp it and upload it."


class LetterOutdated(RuleBroken):
    """A letter on the paper was replaced by a later version after the data changed."""

    code = "letter-outdated"
    kind = Kind.CONFLICT
    zh = "文件中有授权书 {number} 的第 {version} 版，信息变更后现行版本为第 {current} 版。"
    en = "The file contains version {version} of letter {number}; the current version is {current}."
    next_zh = "请下载第 {current} 版授权书，盖章后只上传这一版。"
    next_en = "Download version {current}, stamp it and upload that version alone."


class LetterOfAnotherApplication(RuleBroken):
    """A letter on the paper is genuine and belongs to another application."""

    code = "letter-of-another-application"
    kind = Kind.CONFLICT
    zh = "文件中有编号为 {number} 的授权书，与本次申请的授权书 {expected} 不一致。"
    en = "The file contains letter {number}; this application's letter is {expected}."
    next_zh = "请只上传编号为 {expected} 的授权书，另一份请到对应的申请中上传。"
    next_en = "Upload letter {expected} alone, and the other one with the application that it belongs to."


class FileUnknown(RuleBroken):
    """No file is kept under this SHA-256."""

    code = "file-unknown"
    kind = Kind.UNKNOWN
    zh = "没有找到该文件。"
    en = "This file was not found."
    next_zh = "请刷新后重试；如仍找不到，请重新上传。"
    next_en = "Reload and try again; if it is still missing, upload it again."


class FileDamaged(RuleBroken):
    """What is kept is no longer what was put: its SHA-256 differs, or it is gone. Another try does not help."""

    code = "file-damaged"
    kind = Kind.FAULT
    zh = "平台保存的该文件已损坏或丢失，无法提供，错误已记录。"
    en = "The platform's copy of this file is damaged or lost and cannot be delivered; this has been recorded."
    next_zh = "请联系平台从备份恢复，或重新上传原文件。"
    next_en = "Ask the platform's operators to restore it, or upload the original again."
