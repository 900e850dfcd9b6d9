"""Photos that people bring: made small and upright, and nothing of the camera is kept."""

import io
import zlib
from pathlib import Path

import pytest
from PIL import Image

from edge.errors import NotFound, Refused, Unavailable
from edge.evidence import photos
from edge.evidence.photos import LONGEST, shrunk
from edge.records.photos import file_of, keep
from edge.service.photos import Photos

SECRET = b"GPS 37.5665N camera of somebody"


def picture(width: int, height: int, form: str = "JPEG", *, turned: bool = False) -> bytes:
    """A picture whose left half is red and whose right half is blue, with words beside it."""
    image = Image.new("RGB", (width, height), (200, 20, 20))
    image.paste((20, 20, 200), (width // 2, 0, width, height))
    exif, out = Image.Exif(), io.BytesIO()
    exif[0x010E] = SECRET.decode()
    if turned:
        exif[0x0112] = 6  # to be turned by 90 degrees
    image.save(out, form, exif=exif)
    return out.getvalue()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_what_the_camera_wrote_is_gone(form: str) -> None:
    """Neither EXIF nor comment nor thumbnail; the picture is the same, and no side too long."""
    raw = picture(2_400, 900, form)
    found = shrunk(raw)
    assert SECRET in raw
    assert SECRET not in found.jpeg
    with Image.open(io.BytesIO(found.jpeg)) as image:
        assert (image.format, image.size) == ("JPEG", (LONGEST, 600))
        assert (found.width, found.height) == image.size
        assert len(image.getexif()) == 0
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        red, blue = (image.convert("RGB").getpixel((x, 300)) for x in (100, 1_500))
    assert isinstance(red, tuple)
    assert isinstance(blue, tuple)
    assert red[0] > 150 > red[2]
    assert blue[2] > 150 > blue[0]


def test_a_photo_stands_upright() -> None:
    """The camera's word for it is obeyed before it is forgotten; a small one is not made larger."""
    found = shrunk(picture(400, 300, turned=True))
    assert (found.width, found.height) == (300, 400)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "no photo that can be read"),
        (b"<svg onload=alert(1)>", "no photo that can be read"),
        (b"GIF89a" + bytes(100), "no photo that can be read"),
        (picture(400, 300)[:200], "damaged"),
        (picture(400, 300, "PNG")[:120], "damaged"),
    ],
)
def test_what_is_no_photo_is_refused(raw: bytes, words: str) -> None:
    """With what to bring instead."""
    with pytest.raises(Refused, match=words):
        shrunk(raw)


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it has so many pixels."""
    head = b"IHDR" + width.to_bytes(4) + height.to_bytes(4) + b"\x08\x02\x00\x00\x00"
    parts = [head, b"IDAT" + zlib.compress(bytes(1_000)), b"IEND"]
    framed = [(len(p) - 4).to_bytes(4) + p + zlib.crc32(p).to_bytes(4) for p in parts]
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)


@pytest.mark.parametrize("size", [(30_000, 30_000), (9_000, 6_000), (5_000, 4_000)])
def test_a_bomb_is_refused_before_it_is_unpacked(size: tuple[int, int]) -> None:
    """By what its head says."""
    with pytest.raises(Refused, match=r"pixels|no photo"):
        shrunk(bomb(*size))


def test_a_file_that_is_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit, with the number."""
    monkeypatch.setattr(photos, "MOST_BYTES", 10)
    with pytest.raises(Refused, match="the photo has 11 bytes; at most 10"):
        shrunk(b"x" * 11)


def test_a_photo_is_kept_under_the_hash_of_its_bytes(tmp_path: Path) -> None:
    """Twice the same is one file, for us alone; no name leads out of the folder."""
    digest = keep(tmp_path, b"jpeg")
    assert keep(tmp_path, b"jpeg") == digest
    assert file_of(tmp_path, digest).read_bytes() == b"jpeg"
    assert [path.name for path in (tmp_path / "photos").iterdir()] == [f"{digest}.jpg"]
    for name in ("0" * 64, "../secrets", ""):
        with pytest.raises(NotFound):
            file_of(tmp_path, name)


def test_a_disk_that_takes_nothing_says_so(tmp_path: Path) -> None:
    """In words, and nothing is left half written."""
    (tmp_path / "photos").write_text("no folder")
    with pytest.raises(Unavailable, match="does not take the photo"):
        keep(tmp_path, b"jpeg")


async def test_the_service_shrinks_in_a_process_of_its_own(tmp_path: Path) -> None:
    """The same as here; what it refuses comes back in its words."""
    raw = picture(800, 600)
    found = await Photos(tmp_path).keep(raw)
    jpeg = shrunk(raw).jpeg
    assert (found["width"], found["height"], found["bytes"]) == (800, 600, len(jpeg))
    assert Photos(tmp_path).file(str(found["sha256"])).read_bytes() == jpeg
    with pytest.raises(Refused, match="bring a JPEG, PNG or WebP"):
        await Photos(tmp_path).keep(b"no photo")
