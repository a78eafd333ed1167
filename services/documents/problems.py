"""The refusals of the documents service, beside those of the files themselves (`pdf/errors.py`)."""

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
    en = "A stamped scan of letter {number} was filed and is under review; another one is not taken."
    next_zh = "请等待审核结果；如被退回，可重新上传。"
    next_en = "Wait for the result; if it is returned you can upload another."


class LetterApproved(RuleBroken):
    """The authorisation was approved: its letter is not needed again."""

    code = "letter-approved"
    kind = Kind.CONFLICT
    zh = "授权书 {number} 已审核通过，无需再次上传。"
    en = "Letter {number} has been approved; no further scan is needed."
    next_zh = "如需增加机构或权限，请新建授权申请。"
    next_en = "To add institutions or scopes, ask for a further authorisation."


class UploadInterrupted(RuleBroken):
    """The body ended before it was whole, or took too long."""

    code = "upload-interrupted"
    kind = Kind.INVALID
    zh = "上传中断，文件没有完整到达。"
    en = "The upload was interrupted: the file did not arrive whole."
    next_zh = "请检查网络后重新上传。"
    next_en = "Check the connection and upload it again."


class UploadMalformed(RuleBroken):
    """The body does not keep to multipart/form-data, as which it was announced."""

    code = "upload-malformed"
    kind = Kind.INVALID
    zh = "上传内容的格式不符合 multipart/form-data。"
    en = "The body does not keep to multipart/form-data."
    next_zh = "请用名为 file 的部分逐个上传文件，或直接把一个文件作为请求内容。"
    next_en = "Send each file as a part named file, or a single file as the body itself."


class TooManyFiles(RuleBroken):
    """More files in one upload than anybody has papers for one field."""

    code = "too-many-files"
    kind = Kind.TOO_LARGE
    zh = "一次最多上传 {limit} 个文件。"
    en = "At most {limit} files are taken in one upload."
    next_zh = "请分几次上传，或先合并成一个 PDF 文件。"
    next_en = "Upload them in several goes, or merge them into one PDF."
