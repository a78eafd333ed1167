"""What can be wrong with an archive as a whole, and with a single entry of it."""

from shared.problems import Kind
from shared.workers.problems import FileRefused


class ArchiveNotReadable(FileRefused):
    """The file is no zip archive, or its directory is damaged."""

    code = "archive-not-readable"
    kind = Kind.INVALID
    zh = "该文件不是有效的 ZIP 压缩包，或压缩包已损坏。"
    en = "This file is not a valid zip archive, or the archive is damaged."
    next_zh = "请使用 ZIP 格式（不是 RAR 或 7z）重新压缩后上传。"
    next_en = "Compress the files again as ZIP (not RAR or 7z) and upload that."


class ArchiveEmpty(FileRefused):
    """The archive has no file that could be a paper."""

    code = "archive-empty"
    kind = Kind.INVALID
    zh = "压缩包中没有可用的文件。"
    en = "The archive contains no usable file."
    next_zh = "请将 PDF 或照片放入压缩包后重新上传。"
    next_en = "Put the PDFs or photos into the archive and upload it again."


class ArchiveHasTooManyFiles(FileRefused):
    """The archive has more files than one job takes."""

    code = "archive-has-too-many-files"
    kind = Kind.TOO_LARGE
    zh = "压缩包中有 {files} 个文件，超过 {limit} 个的上限。"
    en = "The archive contains {files} files; at most {limit} are accepted."
    next_zh = "请分成几个压缩包上传。"
    next_en = "Upload the files in several archives."


class ArchiveExpandsTooFar(FileRefused):
    """The files in the archive would together be larger than any set of papers."""

    code = "archive-expands-too-far"
    kind = Kind.TOO_LARGE
    zh = "压缩包解压后约 {megabytes} MB，超过 {limit_mb} MB 的上限。"
    en = "The archive expands to about {megabytes} MB; at most {limit_mb} MB are accepted."
    next_zh = "请分成几个压缩包上传。"
    next_en = "Upload the files in several archives."


class ArchiveEntryEncrypted(FileRefused):
    """An entry is protected by a password."""

    code = "archive-entry-encrypted"
    kind = Kind.INVALID
    zh = "压缩包中的该文件设置了密码，平台无法读取。"
    en = "This file in the archive is protected by a password and cannot be read."
    next_zh = "请取消密码后重新压缩并上传。"
    next_en = "Compress it again without a password and upload that."


class ArchiveEntryCompressionUnknown(FileRefused):
    """An entry is compressed by another method than every unzip program knows."""

    code = "archive-entry-compression-unknown"
    kind = Kind.UNSUPPORTED
    zh = "压缩包中的该文件使用了不支持的压缩方式。"
    en = "This file in the archive is compressed by a method that is not supported."
    next_zh = "请使用系统自带的“压缩为 ZIP”功能重新压缩后上传。"
    next_en = "Compress it again with your system's own zip function and upload that."


class ArchiveEntryTooLarge(FileRefused):
    """An entry is larger than an upload of its own may be."""

    code = "archive-entry-too-large"
    kind = Kind.TOO_LARGE
    zh = "该文件为 {megabytes} MB，超过单个文件 {limit_mb} MB 的上限。"
    en = "This file has {megabytes} MB; at most {limit_mb} MB are accepted for one file."
    next_zh = "请降低扫描分辨率或减少页数后重新上传。"
    next_en = "Scan it at a lower resolution or keep fewer pages, and upload it again."


class ArchiveEntryDamaged(FileRefused):
    """An entry's content is not what the archive's directory says of it."""

    code = "archive-entry-damaged"
    kind = Kind.INVALID
    zh = "压缩包中的该文件已损坏，无法解压。"
    en = "This file in the archive is damaged and cannot be unpacked."
    next_zh = "请重新压缩，或单独上传该文件。"
    next_en = "Compress it again, or upload this file by itself."


class ArchiveEntryNameRepeated(FileRefused):
    """Two entries have the same path: which of them is meant cannot be known."""

    code = "archive-entry-name-repeated"
    kind = Kind.INVALID
    zh = "压缩包中有多个同名文件，只接收第一个。"
    en = "The archive has several files of this name; only the first is accepted."
    next_zh = "请改名后单独上传该文件。"
    next_en = "Rename this file and upload it by itself."
