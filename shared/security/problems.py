"""The refusals of passwords and receipts."""

from shared.problems import Kind, RuleBroken


class HashingBusy(RuleBroken):
    """Too many passwords are waiting to be hashed."""

    code = "hashing-busy"
    kind = Kind.UNAVAILABLE
    zh = "当前注册或登录的人数过多，操作没有执行。"
    en = "Too many people register or sign in at the moment; nothing was done."
    next_zh = "请稍候几秒再试，您填写的内容不会丢失。"
    next_en = "Try again in a few seconds; nothing you typed is lost."


class ReceiptRefused(RuleBroken):
    """The receipt of an attachment is invalid or belongs to another caller."""

    code = "receipt-refused"
    kind = Kind.INVALID
    zh = "附件凭据无效，或不属于您的账号。"
    en = "The receipt of an attachment is not valid, or does not belong to your account."
    next_zh = "请重新上传该附件。"
    next_en = "Upload the attachment again."
