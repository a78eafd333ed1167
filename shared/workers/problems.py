"""Why work for a file is refused that a worker would have to do, and what a worker refuses of a file."""

from collections.abc import Iterator

from shared.problems import Kind, RuleBroken


class FileRefused(RuleBroken):
    """A refusal of a file: a worker answers with its code and its facts, and the service raises it."""


def refusals(rule: type[RuleBroken] = FileRefused) -> Iterator[type[RuleBroken]]:
    """Every refusal of a file that this process has loaded."""
    for one in rule.__subclasses__():
        yield one
        yield from refusals(one)


class WorkerInterrupted(RuleBroken):
    """Workers were killed again and again while they had the file, though not by it; trying again makes sense."""

    code = "worker-interrupted"
    kind = Kind.UNAVAILABLE
    zh = "文件处理被意外中断。"
    en = "Processing of the file was interrupted."
    next_zh = "请稍后重试；如反复出现，请更换文件或重新扫描。"
    next_en = "Please try again shortly; if it happens again, use another file or scan it again."


class WorkersBusy(RuleBroken):
    """More files wait than the worker pool can work off in a reasonable time."""

    code = "workers-busy"
    kind = Kind.UNAVAILABLE
    zh = "当前处理的文件较多。"
    en = "Many files are being processed right now."
    next_zh = "请稍后重试，已填写的内容不会丢失。"
    next_en = "Please try again shortly; nothing you typed is lost."


class TooManyUploadsAtOnce(RuleBroken):
    """The account's own uploads use up its share of the worker pool."""

    code = "too-many-uploads-at-once"
    kind = Kind.THROTTLED
    zh = "您有 {limit} 个文件正在处理或等待处理，暂不能接收更多。"
    en = "{limit} of your files are being processed or are waiting; no more are accepted meanwhile."
    next_zh = "请等待其中一些处理完成后重试，已填写的内容不会丢失。"
    next_en = "Try again when some of them are done; nothing you typed is lost."


class ProcessingTimeExceeded(FileRefused):
    """Working on the file took longer than any honest paper needs."""

    code = "processing-time-exceeded"
    kind = Kind.TOO_LARGE
    zh = "该文件内容过于复杂，处理时间超出上限，已停止处理。"
    en = "This file is too complex: processing it takes longer than is allowed, and was stopped."
    next_zh = "请减少页数，或重新扫描、拍照后上传。"
    next_en = "Use fewer pages, or scan it or take a photo again and upload that."


class ProcessingMemoryExceeded(FileRefused):
    """Working on the file took more memory than any honest paper needs."""

    code = "processing-memory-exceeded"
    kind = Kind.TOO_LARGE
    zh = "处理该文件所需的内存超出上限，已停止处理。"
    en = "Processing this file needs more memory than is allowed, and was stopped."
    next_zh = "请降低分辨率、减少页数，或重新扫描后上传。"
    next_en = "Use a lower resolution or fewer pages, or scan it again."


class FileUnprocessable(RuleBroken):
    """The worker crashed on the file, or answered what none of ours answers."""

    code = "file-unprocessable"
    kind = Kind.INVALID
    zh = "该文件无法处理：读取时程序异常终止。"
    en = "This file cannot be processed: the program that reads it ended unexpectedly."
    next_zh = "请使用“打印为 PDF”另存，或重新扫描、拍照后上传。"
    next_en = "Print it to a new PDF, or scan it or take a photo again, and upload that."
