"""The refusals of passwords, second factors and receipts."""

from shared.problems import Kind, RuleBroken


class HashingBusy(RuleBroken):
    """Too many passwords are waiting to be hashed."""

    code = "hashing-busy"
    kind = Kind.UNAVAILABLE
    zh = "当前注册或登录的人数过多，操作没有执行。"
    en = "Too many people register or sign in at the moment; nothing was done."
    next_zh = "请稍候几秒再试，您填写的内容不会丢失。"
    next_en = "Try again in a few seconds; nothing you typed is lost."


class SecondFactorRequired(RuleBroken):
    """The password is right, and the account also signs in with a code (ACC-11)."""

    code = "second-factor-required"
    kind = Kind.UNAUTHENTICATED
    zh = "该账号登录时还须输入动态码。"
    en = "This account signs in with a code of its second factor as well."
    next_zh = "请连同密码输入验证器应用当前的 6 位动态码，或一个恢复码。"
    next_en = "Send the password together with the present six digits of the authenticator, or a recovery code."


class EnrolmentRequired(RuleBroken):
    """The nation's unit demands a second factor of this account, which has none yet (ACC-11)."""

    code = "second-factor-enrolment-required"
    kind = Kind.FORBIDDEN
    zh = "按国家医疗保障局要求，该账号须先绑定动态码，才能进行其他操作。"
    en = "The national administration demands a second factor of this account; it can do nothing else before."
    next_zh = "请用验证器应用绑定动态码，然后重新登录。"
    next_en = "Enrol an authenticator, then sign in again."


class ReceiptRefused(RuleBroken):
    """The receipt of an attachment is invalid or belongs to another caller."""

    code = "receipt-refused"
    kind = Kind.INVALID
    zh = "附件凭据无效，或不属于您的账号。"
    en = "The receipt of an attachment is not valid, or does not belong to your account."
    next_zh = "请重新上传该附件。"
    next_en = "Upload the attachment again."
