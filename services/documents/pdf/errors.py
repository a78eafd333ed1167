"""What can be wrong with a paper that was uploaded, each with its own answer and next step."""

from typing import Final

from shared.problems import Kind, RuleBroken


class FormatNotAccepted(RuleBroken):
    """The file is none of the kinds that the platform takes."""

    code = "format-not-accepted"
    kind = Kind.UNSUPPORTED
    zh = "无法识别该文件的格式，平台接受 PDF、JPEG、PNG 和 HEIC 文件。"
    en = "The format of this file is not accepted: the platform takes PDF, JPEG, PNG and HEIC."
    next_zh = "请上传 PDF 文件，或直接上传照片，平台会自动转换为 PDF。"
    next_en = "Upload a PDF, or simply the photos: the platform makes a PDF of them itself."


class NotAPdf(RuleBroken):
    """The file says that it is a PDF and cannot be read as one."""

    code = "not-a-pdf"
    kind = Kind.INVALID
    zh = "该文件不是有效的 PDF 文件，或文件已损坏。"
    en = "This file is not a valid PDF, or it is damaged."
    next_zh = "请重新扫描或重新导出后上传；也可以直接上传照片。"
    next_en = "Scan or export it again and upload the result; photos are welcome too."


class FileTruncated(RuleBroken):
    """The end of the file is missing."""

    code = "file-truncated"
    kind = Kind.INVALID
    zh = "文件不完整，可能在传输或保存时中断。"
    en = "The file is incomplete: copying or saving it was probably interrupted."
    next_zh = "请确认文件能够正常打开，然后重新上传。"
    next_en = "Make sure that the file opens on your own computer, then upload it again."


class PdfEncrypted(RuleBroken):
    """The PDF is protected, so that neither the platform nor a reviewer may read or change it."""

    code = "pdf-encrypted"
    kind = Kind.INVALID
    zh = "该 PDF 文件已加密或设置了权限保护，平台无法处理。"
    en = "This PDF is encrypted or protected, and the platform cannot work with it."
    next_zh = "请取消密码和权限保护，或使用“打印为 PDF”另存后上传。"
    next_en = "Remove the password and the protection, or print it to a new PDF, and upload that."


class TooManyPages(RuleBroken):
    """The PDF has more pages than any certificate."""

    code = "too-many-pages"
    kind = Kind.TOO_LARGE
    zh = "文件共 {pages} 页，超过 {limit} 页的上限。"
    en = "The file has {pages} pages; at most {limit} are accepted."
    next_zh = "请只保留需要的页面，或分成几个文件上传。"
    next_en = "Keep only the pages that are asked for, or upload them as several files."


class PageTooLarge(RuleBroken):
    """A page's sides are larger than a PDF may have, or it has no area at all."""

    code = "page-too-large"
    kind = Kind.TOO_LARGE
    zh = "第 {page} 页的页面尺寸异常，无法处理。"
    en = "Page {page} has an impossible size."
    next_zh = "请将页面设置为 A4 后重新导出并上传。"
    next_en = "Set the page to A4, export it again and upload the result."


class PdfCarriesActiveContent(RuleBroken):
    """The PDF would run something or carries other files, which no scan of a paper does."""

    code = "pdf-carries-active-content"
    kind = Kind.INVALID
    zh = "该 PDF 文件含有脚本、可启动的程序或嵌入文件（{found}），出于安全原因不予接收。"
    en = "This PDF carries scripts, programs to launch or embedded files ({found}), and is refused for safety."
    next_zh = "请使用“打印为 PDF”另存，或重新扫描纸质材料后上传。"
    next_en = "Print it to a new PDF, or scan the paper itself, and upload that."


class DrawingTooComplex(RuleBroken):
    """The page repeats its drawings so often that nobody could wait for it."""

    code = "drawing-too-complex"
    kind = Kind.TOO_LARGE
    zh = "第 {page} 页的图形过于复杂，无法处理。"
    en = "The drawings on page {page} are too complex to be processed."
    next_zh = "请将该页打印后重新扫描，或使用“打印为 PDF”另存后上传。"
    next_en = "Print the page and scan it, or print it to a new PDF, and upload that."


class DecompressionBomb(RuleBroken):
    """The file is small and would unfold to something that fills the memory."""

    code = "decompression-bomb"
    kind = Kind.TOO_LARGE
    zh = "该文件解压后体积异常巨大，无法处理。"
    en = "This file unfolds to an enormous size and cannot be processed."
    next_zh = "请重新扫描或拍照后上传。"
    next_en = "Scan it or take a photo again and upload that."


class PictureTooLarge(RuleBroken):
    """The picture has more pixels than any scan or photo needs."""

    code = "picture-too-large"
    kind = Kind.TOO_LARGE
    zh = "图片尺寸为 {width}×{height} 像素，超过 {limit_megapixels} 百万像素的上限。"
    en = "The picture has {width}×{height} pixels; at most {limit_megapixels} million are accepted."
    next_zh = "请降低扫描分辨率（300 dpi 已足够清晰）或缩小图片后重新上传。"
    next_en = "Scan at a lower resolution (300 dpi is ample) or reduce the picture, and upload it again."


class NoSuchPage(RuleBroken):
    """The wanted order names a page that the file does not have."""

    code = "no-such-page"
    kind = Kind.INVALID
    zh = "文件没有第 {page} 页（共 {pages} 页）。"
    en = "The file has no page {page} (it has {pages})."
    next_zh = "请刷新页面后重新排列。"
    next_en = "Reload the page and arrange the pages again."


class NothingUploaded(RuleBroken):
    """There is no file, or no page is left."""

    code = "nothing-uploaded"
    kind = Kind.INVALID
    zh = "没有可用的文件或页面。"
    en = "There is no file, or no page is left."
    next_zh = "请至少选择一个文件、保留一页。"
    next_en = "Choose at least one file and keep at least one page."


class LetterNotDrawable(RuleBroken):
    """A name in the letter has characters that none of the platform's fonts can draw."""

    code = "letter-not-drawable"
    kind = Kind.INVALID
    zh = "授权书无法生成：其中的字符 {characters} 无法打印。"
    en = "The letter cannot be made: these characters in it cannot be printed: {characters}."
    next_zh = "请检查姓名和机构名称是否含有多余或错误的字符，更正后重新办理；确为生僻字的，请联系平台运维人员。"
    next_en = "Check the names for stray or wrong characters, correct them and ask again; "
    next_en += "if the character is right, tell the platform's operators."


class LetterNotRecognised(RuleBroken):
    """No seal of the platform was found on any page."""

    code = "letter-not-recognised"
    kind = Kind.INVALID
    zh = "未能在上传的文件中识别到授权书二维码。"
    en = "No authorisation letter's QR code was found in the upload."
    next_zh = "请确认上传的是平台生成的授权书，二维码完整清晰、未被遮挡；"
    next_zh += "仍无法识别时，可填写授权书编号转人工处理（见“附件无法识别时，如何操作？”）。"
    next_en = "Make sure that it is the letter made by the platform and that the QR code is whole and clear; "
    next_en += "otherwise type in the letter number and a person will look at it."


class LetterForged(RuleBroken):
    """A QR code on the paper bears the platform's mark but was not sealed by it."""

    code = "letter-forged"
    kind = Kind.INVALID
    zh = "文件中有不是由本平台签发的授权书二维码，不予接收。"
    en = "The file bears a letter's QR code that was not issued by this platform; it is refused."
    next_zh = "请在平台重新下载授权书，盖章后上传。"
    next_en = "Download the letter from the platform again, stamp it and upload it."


class LetterOutdated(RuleBroken):
    """A letter on the paper was replaced by a later version after the data changed."""

    code = "letter-outdated"
    kind = Kind.CONFLICT
    zh = "文件中有授权书 {number} 的第 {version} 版，信息变更后现行版本为第 {current} 版。"
    en = "The file holds version {version} of letter {number}; version {current} is in force by now."
    next_zh = "请下载第 {current} 版授权书，盖章后只上传这一版。"
    next_en = "Download version {current}, stamp it and upload that version alone."


class LetterOfAnotherApplication(RuleBroken):
    """A letter on the paper is genuine and belongs to another application."""

    code = "letter-of-another-application"
    kind = Kind.CONFLICT
    zh = "文件中有编号为 {number} 的授权书，与本次申请的授权书 {expected} 不一致。"
    en = "The file holds letter {number}; this application's letter is {expected}."
    next_zh = "请只上传编号为 {expected} 的授权书，另一份请到对应的申请中上传。"
    next_en = "Upload letter {expected} alone, and the other one with the application that it belongs to."


class ProcessingTimeExceeded(RuleBroken):
    """Working on the file took longer than any honest paper needs."""

    code = "processing-time-exceeded"
    kind = Kind.TOO_LARGE
    zh = "该文件内容过于复杂，处理时间超出上限，已停止处理。"
    en = "This file is too complex: processing it takes longer than is allowed, and was stopped."
    next_zh = "请减少页数，或重新扫描、拍照后上传。"
    next_en = "Use fewer pages, or scan it or take a photo again and upload that."


class ProcessingMemoryExceeded(RuleBroken):
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
    en = "This file cannot be processed: the program that reads it broke off."
    next_zh = "请使用“打印为 PDF”另存，或重新扫描、拍照后上传。"
    next_en = "Print it to a new PDF, or scan it or take a photo again, and upload that."


class WorkerInterrupted(RuleBroken):
    """Workers were killed again and again while they had the file, though not by it; trying again makes sense."""

    code = "worker-interrupted"
    kind = Kind.UNAVAILABLE
    zh = "文件处理被意外中断。"
    en = "Processing of the file was interrupted."
    next_zh = "请稍后重试；如反复出现，请更换文件或重新扫描。"
    next_en = "Please try again shortly; if it happens again, scan the paper anew."


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
    en = "{limit} of your files are being processed or wait for it; no more are taken meanwhile."
    next_zh = "请等待其中一些处理完成后重试，已填写的内容不会丢失。"
    next_en = "Try again when some of them are done; nothing you typed is lost."


REFUSALS: Final[dict[str, type[RuleBroken]]] = {
    rule.code: rule
    for rule in (
        FormatNotAccepted,
        NotAPdf,
        FileTruncated,
        PdfEncrypted,
        TooManyPages,
        PageTooLarge,
        PdfCarriesActiveContent,
        DrawingTooComplex,
        DecompressionBomb,
        PictureTooLarge,
        NoSuchPage,
        NothingUploaded,
        LetterNotDrawable,
        ProcessingTimeExceeded,
    )
}
"""What a worker may refuse a paper for, by its code; every other refusal is the service's own to make."""
