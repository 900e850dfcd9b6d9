"""A form as Hangul writes it, after KS X 6101: what a test says of it, and how it is read back."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree as ET

HP = "http://www.hancom.co.kr/hwpml/2011/paragraph"
HEAD = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes" ?>'
    '<hs:sec xmlns:hs="http://www.hancom.co.kr/hwpml/2011/section"'
    f' xmlns:hp="{HP}" xmlns:hc="http://www.hancom.co.kr/hwpml/2011/core">'
)
LINES = (
    '<hp:linesegarray><hp:lineseg textpos="0" vertpos="0" vertsize="1000" textheight="1000"'
    ' baseline="850" spacing="600" horzpos="0" horzsize="42520" flags="393216"/></hp:linesegarray>'
)
REST: dict[str, bytes] = {
    "version.xml": b'<?xml version="1.0"?><hv:HCFVersion xmlns:hv="urn:v" tagetApplication="W"/>',
    "Contents/header.xml": "<hh:head xmlns:hh='urn:h' version='1.4'>글꼴</hh:head>".encode(),
    "Contents/content.hpf": b'<opf:package xmlns:opf="http://www.idpf.org/2007/opf/"/>',
    "Preview/PrvText.txt": "개선 지표 {{P1.지표명}}\r\n".encode(),
    "BinData/image1.png": bytes(range(256)) * 40,
    "settings.xml": b"<ha:HWPApplicationSetting xmlns:ha='urn:a'/>",
    "META-INF/container.xml": b"<ocf:container xmlns:ocf='urn:c'/>",
    "META-INF/manifest.xml": b"<odf:manifest xmlns:odf='urn:m'/>",
}


def run(text: str, style: int = 0) -> str:
    """A run of one style."""
    return f'<hp:run charPrIDRef="{style}"><hp:t>{text}</hp:t></hp:run>'


def p(*runs: str, lines: bool = True) -> str:
    """A paragraph, with the line breaks that Hangul remembers of it."""
    inner = "".join(runs) + LINES * lines
    return f'<hp:p id="0" paraPrIDRef="3" styleIDRef="0" pageBreak="0">{inner}</hp:p>'


def cell(*inside: str) -> str:
    """A table of one cell, within a run."""
    return (
        '<hp:run charPrIDRef="0"><hp:tbl id="7" rowCnt="1" colCnt="1"><hp:tr><hp:tc><hp:subList>'
        f"{''.join(inside)}</hp:subList></hp:tc></hp:tr></hp:tbl><hp:t/></hp:run>"
    )


def field(name: str, text: str, kind: str = "CLICK_HERE") -> str:
    """A field to click on, as three runs."""
    begin = f'<hp:fieldBegin id="19" type="{kind}" name="{name}" editable="1" dirty="0"/>'
    end = '<hp:fieldEnd beginIDRef="19"/>'
    ends = [f'<hp:run charPrIDRef="0"><hp:ctrl>{one}</hp:ctrl></hp:run>' for one in (begin, end)]
    return f"{ends[0]}{run(text, 5) if text else ''}{ends[1]}"


def section(*paragraphs: str) -> bytes:
    """A whole section."""
    return f"{HEAD}{''.join(paragraphs)}</hs:sec>".encode()


def form(path: Path, *sections: bytes, more: Mapping[str, bytes] = REST) -> Path:
    """A form of these sections: its kind first and stored, the rest packed."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("mimetype", "application/hwp+zip", zipfile.ZIP_STORED)
        for name, content in more.items():
            book.writestr(name, content)
        for nth, content in enumerate(sections):
            book.writestr(f"Contents/section{nth}.xml", content)
    return path


def parts(raw: bytes) -> dict[str, bytes]:
    """Every entry, in order."""
    with zipfile.ZipFile(io.BytesIO(raw)) as book:
        assert book.testzip() is None
        return {name: book.read(name) for name in book.namelist()}


def words(raw: bytes, name: str = "Contents/section0.xml") -> list[str]:
    """The text of each paragraph, as anybody's reader finds it."""
    tree = ET.fromstring(parts(raw)[name])
    return [
        "".join(text for t in each.iterfind(f"{{{HP}}}run/{{{HP}}}t") for text in t.itertext())
        for each in tree.iter(f"{{{HP}}}p")
    ]
