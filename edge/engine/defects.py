"""Types of defects that a sector offers as tiles, most usual first; any other name is as good."""

from collections.abc import Mapping
from typing import Any


def defect(name: str, ko: str, en: str, vi: str) -> dict[str, str]:
    """One tile."""
    return {"id": name, "ko": ko, "en": en, "vi": vi}


COMMON = (
    defect("appearance", "외관", "Appearance", "Ngoại quan"),
    defect("size", "치수", "Size", "Kích thước"),
    defect("other", "기타", "Other", "Khác"),
)
PROFILES: Mapping[str, tuple[dict[str, str], ...]] = {
    "mask": (
        defect("ear_loop", "귀끈 용착", "Ear loop weld", "Hàn dây tai"),
        defect("nose_wire", "코편", "Nose wire", "Nẹp mũi"),
        defect("fold", "접힘", "Fold", "Gấp lệch"),
    ),
    "plating": (
        defect("thickness", "도금 두께", "Thickness", "Độ dày mạ"),
        defect("adhesion", "밀착 불량", "Adhesion", "Bám dính kém"),
        defect("stain", "얼룩", "Stain", "Vết ố"),
    ),
    "kit": (
        defect("line", "검사선 불량", "Test line", "Vạch thử"),
        defect("strip", "스트립 폭", "Strip width", "Bề rộng que"),
        defect("seal", "실링", "Seal", "Hàn kín"),
    ),
}


def defects_of(profile: str) -> list[dict[str, Any]]:
    """The tiles of a line, the sector's own first."""
    return [*PROFILES.get(profile, ()), *COMMON]
