"""The refusals that concern forgotten passwords, each with its reason and the next step."""

from shared.problems import Kind, RuleBroken


class ResetRefused(RuleBroken):
    """There is no such username, or an answer or the one-time password is wrong; the answer does not say which."""

    code = "reset-refused"
    kind = Kind.FORBIDDEN
    zh = "用户名、密保答案或一次性密码不正确，密码没有重置。"
    en = "The username, an answer or the one-time password is wrong; the password was not reset."
    next_zh = "请核对后重试；无法想起密保答案时，请联系所属医保部门重置密码。"
    next_en = "Check them and try again; if you cannot recall the answers, ask the insurance unit of your region."


class OwnPasswordIsChanged(RuleBroken):
    """Nobody resets their own password as a unit: whoever is signed in proves the present one."""

    code = "own-password-is-changed"
    kind = Kind.FORBIDDEN
    zh = "不能重置自己的密码。"
    en = "You cannot reset your own password."
    next_zh = "请使用“修改密码”，并输入原密码。"
    next_en = "Change it instead, with the present password."
