"""A form that somebody brings is filled where it says so and nowhere else, or is refused."""

import random
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.errors import Refused
from edge.evidence import hwpx, owpml
from edge.evidence.programme import row_of, rows_of
from edge.evidence.slots import Slots, filled_form
from tests.unit.edge.evidence.hwpx_form import (
    LINES,
    REST,
    cell,
    field,
    form,
    p,
    parts,
    run,
    section,
    words,
)
from tests.unit.edge.evidence.test_programme import told

LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    '<hs:sec xmlns:hs="s"/>'
)
FILE = '<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>'
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY % e SYSTEM "http://127.0.0.1:9/">]><x/>'


def slots(language: str = "ko", **more: Any) -> Slots:  # noqa: ANN401 - keys of a target
    """What one indicator of output and one of quality put into a form."""
    quality = {"measure": "defect_rate", "definition": "lineproof/defect_rate@1", "unit": "1"}
    targets = [told(**more), told(**more, **quality, before=0.05, after=0.0258)]
    return Slots(rows_of([row_of(one, language) for one in targets]), language)


def test_a_form_is_filled_where_it_says_so(tmp_path: Path) -> None:
    """In plain text, in a table, where styles cut a name in pieces, in a field; read by others."""
    said = row_of(told(), "ko")
    path = form(
        tmp_path / "form.hwpx",
        section(
            p(run("지표: {{P1.지표명}} ({{ P.단위 }})")),
            p(cell(p(run("{{P1.산출근거}}")), p(run("{{Q1.구축 전}} → {{Q1.구축 후}}")))),
            p(run("전 {{P1.", 1), run("구축", 2), run("전}} 후 {{P1.after}}", 1)),
            p(field("P1.판정", "여기를 누르세요"), run(" 끝")),
        ),
    )
    found = [
        one.replace("\N{NO-BREAK SPACE}", " ") for one in words(filled_form(path, slots()).raw)
    ]

    assert found[0] == f"지표: {said['indicator']} (개/시간)"
    assert found[1] == "", "the paragraph that holds the table"
    assert found[2] == said["basis"].replace("\N{NO-BREAK SPACE}", " ")
    assert found[3] == "5.00 % → 2.58 %"
    assert found[4] == "전 2,400개/시간 후 3,128개/시간"
    assert found[5] == "판정보류 끝"


def test_everything_else_stays_as_it_was_to_the_byte(tmp_path: Path) -> None:
    """Entries, their order and packing; in the section all but the texts and their line breaks."""

    def of(name: str, *, lines: bool) -> bytes:
        return section(
            p(run("머리말 &amp; &lt;표&gt;")),
            p(run(f"이름: {name}", 4), run("끝"), lines=lines),
            p(field("다른 칸", "그대로")),
            p(field("P1.지표명", "x", kind="HYPERLINK")),
        )

    path = form(tmp_path / "form.hwpx", of("{{P1.지표명}}", lines=True), section(p(run("쪽"))))
    before, after = parts(path.read_bytes()), parts(filled_form(path, slots()).raw)

    expected = before | {
        "Contents/section0.xml": of(str(row_of(told(), "ko")["indicator"]), lines=False)
    }
    assert list(after.items()) == list(expected.items())
    assert LINES.encode() in after["Contents/section0.xml"], "of the other paragraphs"
    with zipfile.ZipFile(path) as one:
        (tmp_path / "out.hwpx").write_bytes(filled_form(path, slots()).raw)
        with zipfile.ZipFile(tmp_path / "out.hwpx") as two:
            for a, b in zip(one.infolist(), two.infolist(), strict=True):
                assert (a.filename, a.date_time, a.compress_type, a.external_attr) == (
                    *(b.filename, b.date_time, b.compress_type, b.external_attr),
                )
            assert two.infolist()[0].filename == "mimetype"
            assert two.infolist()[0].compress_type == zipfile.ZIP_STORED
    raw = (tmp_path / "out.hwpx").read_bytes()
    assert raw[30:57] == b"mimetypeapplication/hwp+zip", "where every reader looks for it"


def test_every_place_that_nothing_is_known_of_is_named(tmp_path: Path) -> None:
    """All at once, and what may stand there."""
    wrong = p(run("{{P1.지표명}} {{회사명}} {{P1.모름}} {{X1.단위}}"), field("P2.없음", "x"))
    with pytest.raises(Refused, match="nothing is known of") as error:
        filled_form(form(tmp_path / "f.hwpx", section(wrong)), slots())
    for name in ("'회사명'", "'P1.모름'", "'X1.단위'", "'P2.없음'", "산출근거", "P Q C D E"):
        assert name in str(error.value)
    assert "'P1.지표명'" not in str(error.value)


def test_rows_without_an_indicator_stay_empty_and_are_told(tmp_path: Path) -> None:
    """A form of the office has more rows than a firm has indicators."""
    told_of = slots()
    raw = filled_form(
        form(tmp_path / "f.hwpx", section(p(run("[{{D1.지표명}}{{P2.단위}}]")))), told_of
    ).raw
    assert words(raw) == ["[]"]
    assert list(told_of.empty) == ["D1.지표명", "P2.단위"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (p(run("아무것도 없음")), "no place to fill"),
        (p(field("P1.지표명", "")), "field 'P1.지표명' holds no text"),
        (p(run("<![CDATA[{{P1.지표명}}]]>")), "declares entities or raw text"),
        ("<a>" * 300 + "</a>" * 300, "200 deep"),
        ("<a>", "is no XML"),
    ],
)
def test_a_form_that_cannot_be_filled_says_why(tmp_path: Path, body: str, said: str) -> None:
    """And what to do with it."""
    with pytest.raises(Refused, match=said):
        filled_form(form(tmp_path / "f.hwpx", section(body)), slots())


@pytest.mark.parametrize("xml", [LAUGHS, FILE, OUTSIDE])
def test_no_declaration_of_an_entity_is_read(tmp_path: Path, xml: str) -> None:
    """Neither one that swells nor one that asks for a file or a server."""
    with pytest.raises(Refused, match="declares entities"):
        filled_form(form(tmp_path / "f.hwpx", xml.encode()), slots())


def test_another_encoding_is_refused(tmp_path: Path) -> None:
    """Places are bytes; Hangul writes UTF-8."""
    body = "<?xml version='1.0' encoding='UTF-16'?><x>{{P1.지표명}}</x>".encode("utf-16")
    with pytest.raises(Refused, match=r"section0.xml"):
        filled_form(form(tmp_path / "f.hwpx", body), slots())
    cp949 = "<?xml version='1.0' encoding='euc-kr'?><x>{{P1.지표명}}</x>".encode("cp949")
    with pytest.raises(Refused, match=r"section0.xml"):
        filled_form(form(tmp_path / "f.hwpx", cp949), slots())


def test_a_mark_of_utf_8_moves_nothing(tmp_path: Path) -> None:
    """Three bytes before the first letter."""
    raw = b"\xef\xbb\xbf" + section(p(run("가{{P1.지표명}}나")))
    (found,) = words(filled_form(form(tmp_path / "f.hwpx", raw), slots()).raw)
    assert found == f"가{row_of(told(), 'ko')['indicator']}나"


REFERENCES = "".join(f"&#{ord(c)};" for c in "{{P1.x}}")
PLAIN = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), max_size=12)


@given(PLAIN, PLAIN, PLAIN, st.sampled_from(["{{P1.x}}", REFERENCES]))
@settings(max_examples=60)
def test_any_text_comes_into_its_place_and_moves_no_other(
    before: str, inside: str, after: str, name: str
) -> None:
    """Whatever stands around it, and however XML writes the letters of the name."""
    around = [one.replace("{", "").replace("}", "") for one in (before, after)]
    safe = [one.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") for one in around]
    raw = section(p(run(f"{safe[0]}{name}{safe[1]}"), run("다음")))
    found = owpml.fill(raw, "section0.xml", lambda _: False, lambda _: inside)

    assert found.names == ["P1.x"]
    root = owpml.Reading(found.raw, "again").paragraphs[0]
    assert "".join(piece.text for piece in root.pieces) == f"{around[0]}{inside}{around[1]}다음"


def zipped(path: Path, *names: str, **more: Any) -> Path:  # noqa: ANN401 - of writestr
    """A ZIP file of these entries."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name in names:
            kind = zipfile.ZIP_STORED if name == "mimetype" else None
            book.writestr(name, "application/hwp+zip", kind, **more)
    return path


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("Contents/section0.xml", "mimetype"), "does not come first"),
        (("mimetype", "Contents/header.xml"), "has no section"),
        (("mimetype", "Contents/section0.xml", "../evil"), "lies outside"),
        (("mimetype", "Contents/section0.xml", "/etc/passwd"), "lies outside"),
        (("mimetype", "Contents/section0.xml", "a\\b"), "lies outside"),
    ],
)
def test_what_no_program_writes_is_refused(
    tmp_path: Path, names: tuple[str, ...], said: str
) -> None:
    """By the entry that is wrong."""
    with pytest.raises(Refused, match=said):
        filled_form(zipped(tmp_path / "f.hwpx", *names), slots())


def test_a_bomb_is_refused_before_it_unpacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By what it really unpacks to, whatever its directory says."""
    monkeypatch.setattr(hwpx, "LARGEST_INSIDE", 1 << 20)
    path = form(
        tmp_path / "f.hwpx", section(p(run("x"))), more={**REST, "BinData/b": bytes(2 << 20)}
    )
    with pytest.raises(Refused, match="unpacks to more than 1 MB"):
        filled_form(path, slots())

    monkeypatch.setattr(hwpx, "LARGEST_FILE", 1000)
    with pytest.raises(Refused, match="is larger than"):
        filled_form(path, slots())


def test_locked_doubled_or_no_files_are_refused(tmp_path: Path) -> None:
    """A password, two entries of one name, a text file, nothing at all."""
    raw = bytearray(form(tmp_path / "f.hwpx", section(p(run("x")))).read_bytes())
    at = raw.index(b"PK\1\2", raw.index(b"PK\1\2") + 4)  # the second line of the directory
    flags = struct.unpack_from("<H", raw, at + 8)[0]
    struct.pack_into("<H", raw, at + 8, flags | 1)
    (tmp_path / "locked.hwpx").write_bytes(raw)
    with pytest.raises(Refused, match="is locked"):
        filled_form(tmp_path / "locked.hwpx", slots())

    with pytest.warns(UserWarning, match="Duplicate"):
        twice = zipped(tmp_path / "two.hwpx", "mimetype", *["Contents/section0.xml"] * 2)
    with pytest.raises(Refused, match="two of one name"):
        filled_form(twice, slots())

    (tmp_path / "text.hwpx").write_text("no ZIP file")
    for name in ("text.hwpx", "none.hwpx"):
        with pytest.raises(Refused, match="is no HWPX file"):
            filled_form(tmp_path / name, slots())


def test_a_changed_byte_is_refused_or_harmless(tmp_path: Path) -> None:
    """Never anything but a filled form or a refusal that says why."""
    good = form(tmp_path / "f.hwpx", section(p(run("{{P1.지표명}}"), field("P1.판정", "x"))))
    raw, chance, told_of = good.read_bytes(), random.Random(7), slots()
    reasons = set[str]()
    for _ in range(400):
        changed = bytearray(raw)
        changed[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
        good.write_bytes(changed)
        try:
            filled_form(good, told_of)
        except Refused as error:
            reasons.add(str(error).removeprefix(str(good))[:30])
    assert len(reasons) > 5
    assert not [one for one in reasons if "is no HWPX file: ;" in one]
