"""The printed letter: the same file for the same statement, its code on every page, its font embedded."""

from dataclasses import replace
from io import BytesIO

import pytest
from pypdf import PdfReader

from services.documents.pdf.letter import Enterprise, LetterInstitution, render_letter
from services.documents.pdf.recognition import recognise_picture
from services.documents.pdf.rendering import opened, render
from services.documents.pdf.seal import Seal, open_seal
from tests.unit.documents.letters import CHAIN, KEY, NUMBER, letter


def words_on(pdf: bytes) -> list[str]:
    with opened(pdf) as document:
        pages = [page.get_textpage().get_text_range() for page in document]
    return ["".join(text.split()) for text in pages]


def test_the_same_statement_gives_the_very_same_file() -> None:
    assert render_letter(letter(3)) == render_letter(letter(3))
    assert render_letter(letter(3)) != render_letter(letter(3, version=3))


def test_it_states_who_what_and_for_which_institutions() -> None:
    (page,) = words_on(render_letter(letter()))
    stated = ["授权书", NUMBER, "第2版", "2026年11月22日", "张某某", "4305**********0011", "zhangmm"]
    stated += ["湘潭市雨湖区第1社区卫生服务中心", "12430300445302345K", "44530234543030211A1001", "护士信息"]
    stated += ["授权单位（盖章）", "第1页共1页", "上传"]
    assert [word for word in stated if word not in page] == []


def test_a_chain_stamps_alone() -> None:
    text = "".join(words_on(render_letter(letter(5, enterprise=CHAIN))))
    assert "被授权企业（盖章）" in text
    assert "各药店无须分别盖章" in text
    assert CHAIN.name in text
    assert "药品经营许可证号" in text
    assert "授权维护的药店（共5家）" in text


@pytest.mark.parametrize(("institutions", "enterprise"), [(1, None), (60, None), (200, CHAIN)])
def test_every_page_has_letter_number_page_number_and_a_readable_code(
    institutions: int, enterprise: Enterprise | None
) -> None:
    pdf = render_letter(letter(institutions, enterprise=enterprise))
    texts = words_on(pdf)
    assert institutions == 1 or len(texts) > 2
    assert all(NUMBER in text for text in texts)
    with opened(pdf) as document:
        for index in range(len(document)):
            found = recognise_picture(render(document, index, 100))
            assert found is not None
            assert open_seal(KEY, found.text) == Seal(NUMBER, 2)
            assert f"第{index + 1}页共{len(texts)}页" in texts[index]


def test_all_institutions_of_a_long_list_are_named() -> None:
    text = "".join(words_on(render_letter(letter(200, enterprise=CHAIN))))
    assert [n for n in range(1, 201) if f"第{n}社区卫生服务中心" not in text] == []


def test_the_chinese_font_is_embedded() -> None:
    reader = PdfReader(BytesIO(render_letter(letter())))
    page_fonts = [font.get_object() for font in reader.pages[0]["/Resources"]["/Font"].values()]  # type: ignore[index]
    chinese = [font for font in page_fonts if "NotoSansSC" in str(font["/BaseFont"])]
    assert chinese
    assert all("/FontFile2" in font["/FontDescriptor"].get_object() for font in chinese)


def test_names_are_set_as_typed_even_where_they_look_like_markup() -> None:
    odd = replace(letter(), institutions=(LetterInstitution("<b>A&B</b>门诊部", None, None),))
    (page,) = words_on(render_letter(odd))
    assert "<b>A&B</b>门诊部" in page
    assert "无" in page
