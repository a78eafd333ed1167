"""Why work for a file is refused that a worker would have to do."""

from shared.problems import Kind, RuleBroken


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
