"""The refusals that concern second factors, each with its reason and the next step."""

from shared.problems import Kind, RuleBroken


class SecondFactorWrong(RuleBroken):
    """The code is wrong, too old, or was used before; a code signs in once."""

    code = "second-factor-wrong"
    kind = Kind.UNAUTHENTICATED
    zh = "动态码或恢复码不正确，或已经使用过。"
    en = "The code is wrong, or it was used before."
    next_zh = "请等待下一个动态码后重试，并核对手机时间；手机不在身边时可使用恢复码，或请上级医保部门重置。"
    next_en = (
        "Wait for the next code, compare the clock of your device and try again; without the device use a "
        "recovery code, or ask the superior unit for a reset."
    )


class PresentPasswordWrong(RuleBroken):
    """Only who knows the password enrols an authenticator: a session that was left open does not suffice."""

    code = "present-password-wrong"
    kind = Kind.FORBIDDEN
    zh = "密码不正确，没有绑定动态码。"
    en = "The password is wrong; nothing was enrolled."
    next_zh = "请重新输入您当前的登录密码。"
    next_en = "Try again with the password that you sign in with."


class PresentFactorRequired(RuleBroken):
    """An account with a second factor changes the device with a code of the old one, or with a recovery code."""

    code = "present-factor-required"
    kind = Kind.FORBIDDEN
    zh = "更换设备须输入原设备的动态码或一个恢复码；该码缺失、不正确或已使用过。"
    en = "Changing the device takes a code of the old one or a recovery code; it is missing, wrong or used."
    next_zh = "请输入原设备的下一个动态码或一个恢复码；两者都没有时，请上级医保部门重置。"
    next_en = "Give the next code of the old device or a recovery code; without both ask the superior unit."


class EnrolmentOver(RuleBroken):
    """There is no enrolment to confirm: none was started, it was confirmed, or its time is over."""

    code = "second-factor-enrolment-over"
    kind = Kind.CONFLICT
    zh = "没有待确认的绑定，或绑定已超时。"
    en = "There is no enrolment to confirm, or its time is over."
    next_zh = "请重新开始绑定，并在 {minutes} 分钟内输入动态码。"
    next_en = "Start again and give a code within {minutes} minutes."


class EnrolmentCodeWrong(RuleBroken):
    """The code does not come from the authenticator that is being enrolled."""

    code = "second-factor-enrolment-code-wrong"
    kind = Kind.FORBIDDEN
    zh = "动态码不正确，尚未绑定。"
    en = "The code is wrong; nothing was enrolled yet."
    next_zh = "请核对手机时间，输入刚绑定的条目当前显示的 6 位动态码。"
    next_en = "Compare the clock of your device and give the present six digits of the new entry."


class OwnFactorIsChanged(RuleBroken):
    """Nobody resets their own second factor: whoever is signed in enrols another device with the present one."""

    code = "own-factor-is-changed"
    kind = Kind.FORBIDDEN
    zh = "不能重置自己的动态码。"
    en = "You cannot reset your own second factor."
    next_zh = "请用原设备的动态码或恢复码更换设备，或请上级医保部门重置。"
    next_en = "Change the device with a code or a recovery code, or ask the superior unit."


class SuperiorUnitRequired(RuleBroken):
    """A unit's own maintainer resets passwords; if they also reset the second factor, one person could do both."""

    code = "superior-unit-required"
    kind = Kind.FORBIDDEN
    zh = "动态码只能由上级医保部门重置。"
    en = "Only the superior unit resets a second factor."
    next_zh = "请联系上级医保部门的维护人员。"
    next_en = "Ask a maintainer of the superior unit."


class SecondFactorAbsent(RuleBroken):
    """The account has no second factor that could be reset."""

    code = "second-factor-absent"
    kind = Kind.CONFLICT
    zh = "该账号没有绑定动态码。"
    en = "The account has no second factor."
    next_zh = "无需重置；请核对账号。"
    next_en = "There is nothing to reset; check which account it is."
