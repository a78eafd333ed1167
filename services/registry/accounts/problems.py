"""The refusals of accounts."""

from shared.problems import Kind, RuleBroken


class UsernameTaken(RuleBroken):
    """Usernames are unique, whatever their case."""

    code = "username-taken"
    kind = Kind.CONFLICT
    zh = "用户名“{username}”已被使用。"
    en = 'The username "{username}" is taken.'
    next_zh = "请换一个用户名；如果是您本人的账号，请直接登录。"
    next_en = "Choose another; if the account is yours, sign in with it."


class CredentialsWrong(RuleBroken):
    """There is no such username, or it is not its password; the answer does not say which."""

    code = "credentials-wrong"
    kind = Kind.UNAUTHENTICATED
    zh = "用户名或密码不正确。"
    en = "The username or the password is wrong."
    next_zh = "请重新输入；忘记密码时可通过密保问题重置。"
    next_en = "Try again; a forgotten password is reset with the security questions."


class PasswordWrong(RuleBroken):
    """Whoever changes a password knows the one before."""

    code = "password-wrong"
    kind = Kind.FORBIDDEN
    zh = "原密码不正确，密码没有修改。"
    en = "The present password is wrong; it was not changed."
    next_zh = "请重新输入原密码；忘记密码时可通过密保问题重置。"
    next_en = "Try again; a forgotten password is reset with the security questions."


class PasswordChangeRequired(RuleBroken):
    """A one-time password opens no session: another password is set with it first."""

    code = "password-change-required"
    kind = Kind.FORBIDDEN
    zh = "您的密码已由医保部门重置为一次性密码，须先设置新密码。"
    en = "An insurance unit has reset your password to a one-time password; set a new password first."
    next_zh = "请用一次性密码设置新密码，再用新密码登录；一次性密码过期后请联系医保部门。"
    next_en = "Set a new password with the one-time password and sign in with it; if it has expired, ask the unit."


class AccountClosed(RuleBroken):
    """A closed account does not sign in any more."""

    code = "account-closed"
    kind = Kind.FORBIDDEN
    zh = "该账号已停用。"
    en = "The account is closed."
    next_zh = "如需恢复，请联系所属医保部门。"
    next_en = "Ask the insurance department of your region to open it again."


class AccountUnderReview(RuleBroken):
    """What is under review is not changed and not filed a second time (INS-7 for accounts)."""

    code = "account-under-review"
    kind = Kind.CONFLICT
    zh = "账号信息正在审核中，暂不能修改或重复提交。"
    en = "The account is under review and can be neither changed nor submitted again."
    next_zh = "请等待审核结果；被退回后可修改并重新提交。"
    next_en = "Wait for the result; once returned it can be corrected and submitted again."


class AccountInForce(RuleBroken):
    """An approved account has nothing left to file."""

    code = "account-in-force"
    kind = Kind.CONFLICT
    zh = "账号已审核通过，无需再次提交。"
    en = "The account is approved already; there is nothing to submit."
    next_zh = "请继续申请机构授权。"
    next_en = "You can now request an authorisation for institutions."
