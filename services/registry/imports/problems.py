"""The refusals that concern imports, each with its reason and the next step."""

from shared.problems import Kind, RuleBroken


class NoSuchImport(RuleBroken):
    """Records of this kind are not imported from workbooks."""

    code = "no-such-import"
    kind = Kind.UNKNOWN
    zh = "没有这一类信息的导入。"
    en = "There is no import of this kind of record."
    next_zh = "可以导入的有：零售药店、医师、护士、药师。"
    next_en = "Pharmacies, physicians, nurses and pharmacists can be imported."


class ProviderNotNamed(RuleBroken):
    """Staff are imported for one institution, pharmacists for one store (IMP-5)."""

    code = "import-needs-provider"
    kind = Kind.INVALID
    zh = "请先选择要导入人员的医疗机构或药店（药师按门店逐一导入）。"
    en = "Choose the institution or pharmacy first; pharmacists are imported store by store."
    next_zh = "选择一家后再上传工作簿。"
    next_en = "Choose one and upload the workbook again."


class ProviderNotExpected(RuleBroken):
    """A provider is named for records that belong to none."""

    code = "import-without-provider"
    kind = Kind.INVALID
    zh = "导入药店时不能指定所属机构或药店。"
    en = "Pharmacies are imported for no other provider."
    next_zh = "请去掉所选的机构后重新上传。"
    next_en = "Upload the workbook without choosing a provider."


class ColumnsMissing(RuleBroken):
    """The workbook lacks columns without which no row can be understood."""

    code = "import-columns-missing"
    kind = Kind.INVALID
    zh = "工作簿中找不到这些列：{columns}。"
    en = "These columns are not in the workbook: {columns}."
    next_zh = "请下载模板，把数据粘贴到对应的列后上传；表头不要修改。"
    next_en = "Download the template, paste the data into its columns and upload it; keep its headings."


class PaperMatchesNobody(RuleBroken):
    """No record of the provider has a number that is in the name of a paper (IMP-7)."""

    code = "paper-matches-nobody"
    kind = Kind.CONFLICT
    zh = "没有找到证件号码或证书编号与文件名“{name}”相符的人员。"
    en = "Nobody's ID number or certificate number is in the file name “{name}”."
    next_zh = "请以身份证件号码或证书编号命名文件后重新上传。"
    next_en = "Name the file by the ID number or the certificate number and upload it again."


class PaperMatchesSeveral(RuleBroken):
    """The numbers in the name of a paper are those of several records."""

    code = "paper-matches-several"
    kind = Kind.CONFLICT
    zh = "文件名“{name}”与多名人员相符。"
    en = "The file name “{name}” fits several people."
    next_zh = "请只用一人的身份证件号码命名文件。"
    next_en = "Name the file by the ID number of one person alone."


class PaperTwice(RuleBroken):
    """Another paper of the same upload is about the same person."""

    code = "paper-twice"
    kind = Kind.CONFLICT
    zh = "“{name}”与另一份文件属于同一人的同一项，只保留第一份。"
    en = "“{name}” is for the same person and field as another file; the first one is attached."
    next_zh = "请把同一人的各页合并成一个 PDF。"
    next_en = "Merge the pages of one person into one PDF."


class ImportConflict(RuleBroken):
    """While the rows were written, others recorded some of them."""

    code = "import-conflict"
    kind = Kind.CONFLICT
    zh = "写入时有记录刚被他人登记，本次导入重新检查。"
    en = "Others recorded some of the rows while they were written; the import is checked again."
    next_zh = "请稍候，系统会自动重试。"
    next_en = "Wait a moment; it is tried again by itself."
