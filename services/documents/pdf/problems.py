"""What can be wrong with a file that was uploaded, each with its own answer and next step."""

from shared.problems import Kind
from shared.workers.problems import FileRefused


class FormatNotAccepted(FileRefused):
    """The file is none of the kinds that the platform takes."""

    code = "format-not-accepted"
    kind = Kind.UNSUPPORTED
    zh = "无法识别该文件的格式，平台接受 PDF、JPEG、PNG 和 HEIC 文件。"
    en = "The format of this file is not accepted: the platform takes PDF, JPEG, PNG and HEIC."
    next_zh = "请上传 PDF 文件，或直接上传照片，平台会自动转换为 PDF。"
    next_en = "Upload a PDF, or simply the photos: the platform makes a PDF of them itself."


class NotAPdf(FileRefused):
    """The file says that it is a PDF and cannot be read as one."""

    code = "not-a-pdf"
    kind = Kind.INVALID
    zh = "该文件不是有效的 PDF 文件，或文件已损坏。"
    en = "This file is not a valid PDF, or it is damaged."
    next_zh = "请重新扫描或重新导出后上传；也可以直接上传照片。"
    next_en = "Scan or export it again and upload the result; photos are accepted too."


class FileTruncated(FileRefused):
    """The end of the file is missing."""

    code = "file-truncated"
    kind = Kind.INVALID
    zh = "文件不完整，可能在传输或保存时中断。"
    en = "The file is incomplete: copying or saving it was probably interrupted."
    next_zh = "请确认文件能够正常打开，然后重新上传。"
    next_en = "Make sure that the file opens on your own computer, then upload it again."


class PdfEncrypted(FileRefused):
    """The PDF is protected, so that neither the platform nor a reviewer may read or change it."""

    code = "pdf-encrypted"
    kind = Kind.INVALID
    zh = "该 PDF 文件已加密或设置了权限保护，平台无法处理。"
    en = "This PDF is encrypted or protected, and the platform cannot work with it."
    next_zh = "请取消密码和权限保护，或使用“打印为 PDF”另存后上传。"
    next_en = "Remove the password and the protection, or print it to a new PDF, and upload that."


class TooManyPages(FileRefused):
    """The PDF has more pages than any certificate."""

    code = "too-many-pages"
    kind = Kind.TOO_LARGE
    zh = "文件共 {pages} 页，超过 {limit} 页的上限。"
    en = "The file has {pages} pages; at most {limit} are accepted."
    next_zh = "请只保留需要的页面，或分成几个文件上传。"
    next_en = "Keep only the pages that are asked for, or upload them as several files."


class PageTooLarge(FileRefused):
    """A page's sides are larger than a PDF may have, or it has no area at all."""

    code = "page-too-large"
    kind = Kind.TOO_LARGE
    zh = "第 {page} 页的页面尺寸异常，无法处理。"
    en = "The size of page {page} is not plausible."
    next_zh = "请将页面设置为 A4 后重新导出并上传。"
    next_en = "Set the page to A4, export it again and upload the result."


class PdfCarriesActiveContent(FileRefused):
    """The PDF would run something or carries other files, which no scan of a paper does."""

    code = "pdf-carries-active-content"
    kind = Kind.INVALID
    zh = "该 PDF 文件含有脚本、可启动的程序或嵌入文件（{found}），出于安全原因不予接收。"
    en = "This PDF contains scripts, programs to launch or embedded files ({found}), and is refused for safety."
    next_zh = "请使用“打印为 PDF”另存，或重新扫描纸质材料后上传。"
    next_en = "Print it to a new PDF, or scan the paper itself, and upload that."


class DrawingTooComplex(FileRefused):
    """The page repeats its drawings so often that nobody could wait for it."""

    code = "drawing-too-complex"
    kind = Kind.TOO_LARGE
    zh = "第 {page} 页的图形过于复杂，无法处理。"
    en = "The drawings on page {page} are too complex to be processed."
    next_zh = "请将该页打印后重新扫描，或使用“打印为 PDF”另存后上传。"
    next_en = "Print the page and scan it, or print it to a new PDF, and upload that."


class DecompressionBomb(FileRefused):
    """The file is small and would unfold to something that fills the memory."""

    code = "decompression-bomb"
    kind = Kind.TOO_LARGE
    zh = "该文件解压后体积异常巨大，无法处理。"
    en = "This file expands to an enormous size and cannot be processed."
    next_zh = "请重新扫描或拍照后上传。"
    next_en = "Scan it or take a photo again and upload that."


class PictureTooLarge(FileRefused):
    """The picture has more pixels than any scan or photo needs."""

    code = "picture-too-large"
    kind = Kind.TOO_LARGE
    zh = "图片尺寸为 {width}×{height} 像素，超过 {limit_megapixels} 百万像素的上限。"
    en = "The picture has {width}×{height} pixels; at most {limit_megapixels} million are accepted."
    next_zh = "请降低扫描分辨率（300 dpi 已足够清晰）或缩小图片后重新上传。"
    next_en = "Scan at a lower resolution (300 dpi is ample) or reduce the picture, and upload it again."


class NoSuchPage(FileRefused):
    """The wanted order names a page that the file does not have."""

    code = "no-such-page"
    kind = Kind.INVALID
    zh = "文件没有第 {page} 页（共 {pages} 页）。"
    en = "The file has no page {page} (it has {pages})."
    next_zh = "请刷新页面后重新排列。"
    next_en = "Reload the page and arrange the pages again."


class NothingUploaded(FileRefused):
    """There is no file, or no page is left."""

    code = "nothing-uploaded"
    kind = Kind.INVALID
    zh = "没有可用的文件或页面。"
    en = "There is no file, or no page is left."
    next_zh = "请至少选择一个文件、保留一页。"
    next_en = "Choose at least one file and keep at least one page."


class LetterNotDrawable(FileRefused):
    """A name in the letter has characters that none of the platform's fonts can draw."""

    code = "letter-not-drawable"
    kind = Kind.INVALID
    zh = "授权书无法生成：其中的字符 {characters} 无法打印。"
    en = "The letter cannot be made: these characters in it cannot be printed: {characters}."
    next_zh = "请检查姓名和机构名称是否含有多余或错误的字符，更正后重新办理；确为生僻字的，请联系平台运维人员。"
    next_en = "Check the names for stray or wrong characters, correct them and ask again; "
    next_en += "if the character is right, tell the platform's operators."
