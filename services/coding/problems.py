"""The errors of coding."""

from shared.problems import Kind, RuleBroken


class SerialsExhausted(RuleBroken):
    """A prefecture has used up its serial numbers; codes never wrap around."""

    code = "serials-exhausted"
    kind = Kind.CONFLICT
    zh = "{prefecture} 的 {prefix} 类编码已用完（最多 {capacity} 个）。"
    en = "The {prefix} serials of {prefecture} are used up ({capacity} at most)."
    next_zh = "请联系国家医保局扩充编码。"
    next_en = "The nation's unit has to extend the code format."


class KindWithoutCodes(RuleBroken):
    """No code format is known for this kind of record."""

    code = "kind-without-codes"
    kind = Kind.INVALID
    zh = "“{subject_kind}”类没有编码规则。"
    en = "There is no code format for records of the kind {subject_kind!r}."
    next_zh = "请核对类别；可用的类别见编码政策列表。"
    next_en = "Check the kind against the list of policies."


class CertificateNotGenuine(RuleBroken):
    """The text is no certificate that this platform has signed, or a character of it has changed."""

    code = "certificate-not-genuine"
    kind = Kind.INVALID
    zh = "该证书核验不通过：不是本平台签发，或已被改动、损坏。"
    en = "The certificate is not genuine: this platform has not signed it, or it was altered or damaged."
    next_zh = "请重新扫描证书上的二维码；仍不通过的，请按编码查询，不要采信该证书。"
    next_en = "Scan the QR code again; if it fails again, look the code up and do not trust the paper."


class CodeIsRetired(RuleBroken):
    """The code's holder is archived."""

    code = "code-retired"
    kind = Kind.CONFLICT
    zh = "该编码已停用，不再出具证书。"
    en = "The code is retired: no certificate of it is issued any more."
    next_zh = "编码的历史可以公开查询。"
    next_en = "Look the code up for its history."


class CertificateNotDrawable(RuleBroken):
    """A name has characters that no font can print."""

    code = "certificate-not-drawable"
    kind = Kind.CONFLICT
    zh = "名称中的字符“{characters}”无法打印，不能生成证书。"
    en = "No font prints these characters of the name, so there is no certificate: {characters}"
    next_zh = "请联系平台运维人员补充字体；编码可以公开查询。"
    next_en = "Ask those who run the platform for a font; the code can be looked up meanwhile."
