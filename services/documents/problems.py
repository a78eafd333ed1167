"""The rules of documents that can be broken, beside those of the paper itself, and how that is told."""

from shared.problems import Kind, RuleBroken


class LetterNotReady(RuleBroken):
    """The letter is being made, or there is none."""

    code = "letter-not-ready"
    kind = Kind.UNKNOWN
    zh = "授权书正在生成，尚不能下载。"
    en = "The letter is being made and cannot be downloaded yet."
    next_zh = "请在 1 秒后重试。"
    next_en = "Try again in a second."


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
