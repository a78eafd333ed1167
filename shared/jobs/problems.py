"""The errors of jobs."""

from shared.problems import Kind, RuleBroken


class JobEnded(RuleBroken):
    """A job that has ended cannot be cancelled."""

    code = "job-ended"
    kind = Kind.CONFLICT
    zh = "该任务已经结束，不能取消。"
    en = "The job has ended and cannot be cancelled."
    next_zh = "请查看任务结果。"
    next_en = "Look at its result."


class JobNotFailed(RuleBroken):
    """Only a failed job can be resumed."""

    code = "job-not-failed"
    kind = Kind.CONFLICT
    zh = "该任务没有失败，无需继续。"
    en = "The job has not failed; there is nothing to resume."
    next_zh = "请查看任务进度。"
    next_en = "Look at its progress."
