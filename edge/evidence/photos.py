"""Photos made fit to be kept: small, upright, and without what the camera wrote beside the picture.

A file that somebody brings is hostile: only three forms are read, its size is looked at before a
pixel is decoded, and who calls this for others does so in a process of its own.
"""

import warnings
from io import BytesIO
from typing import NamedTuple

from PIL import Image, ImageOps, UnidentifiedImageError

from edge.errors import Refused

FORMS = ("JPEG", "PNG", "WEBP")
MOST_BYTES = 16 << 20  # of a file that is brought: a phone's photo has 3 to 8 MB
MOST_PIXELS = 60_000_000  # a JPEG is read at a smaller scale; the others as they are
MOST_DECODED = 16_000_000
LONGEST = 1_600  # pixels of a kept photo's longer side
QUALITY = 82


class Photo(NamedTuple):
    """A photo as it is kept."""

    jpeg: bytes
    width: int
    height: int


def shrunk(raw: bytes) -> Photo:
    """A photo as a JPEG of at most 1,600 pixels a side, without EXIF, place or comment.

    Raises:
        Refused: it is no JPEG, PNG or WebP that can be read, or far too large.
    """
    if len(raw) > MOST_BYTES:
        raise Refused(f"the photo has {len(raw):,} bytes; at most {MOST_BYTES:,}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd files; what comes out is checked
            return drawn(raw)
    except (UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise Refused("the file is no photo that can be read; bring a JPEG, PNG or WebP") from error
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise Refused(f"the photo is damaged ({error}); take it again") from error


def drawn(raw: bytes) -> Photo:
    """The photo drawn anew: nothing but its pixels goes from one file to the other.

    Raises:
        Refused: it has too many pixels.
    """
    with Image.open(BytesIO(raw), formats=FORMS) as image:
        if image.width * image.height > MOST_PIXELS:
            raise Refused(f"the photo has {image.width} x {image.height} pixels; bring fewer")
        image.draft("RGB", (LONGEST, LONGEST))
        if image.width * image.height > MOST_DECODED:
            raise Refused(f"the photo has {image.width} x {image.height} pixels; save it as JPEG")
        upright = ImageOps.exif_transpose(image).convert("RGB")
    upright.thumbnail((LONGEST, LONGEST))
    clean = Image.frombytes("RGB", upright.size, upright.tobytes())
    out = BytesIO()
    clean.save(out, "JPEG", quality=QUALITY, optimize=True)
    return Photo(out.getvalue(), *clean.size)
