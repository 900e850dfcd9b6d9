"""Reasons for stops that a sector offers as tiles, most usual first; data, not judgement."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from edge.site import Line, Reason, Site


def reason(name: str, ko: str, en: str, vi: str) -> dict[str, str]:
    """One tile; its pictogram bears its name."""
    return {"id": name, "ko": ko, "en": en, "vi": vi, "pictogram": name}


COMMON = (
    reason("material", "자재 대기", "Waiting for material", "Chờ vật liệu"),
    reason("breakdown", "설비 고장", "Breakdown", "Hỏng máy"),
    reason("quality", "품질 확인", "Quality check", "Kiểm tra chất lượng"),
    reason("cleaning", "청소", "Cleaning", "Vệ sinh"),
    reason("operator", "작업자 부재", "No operator", "Không có người"),
    reason("other", "기타", "Other", "Khác"),
)
PROFILES: Mapping[str, tuple[dict[str, str], ...]] = {
    "mask": (
        reason("jam", "귀끈 걸림", "Ear loop jam", "Kẹt dây tai"),
        reason("roll", "원단 교체", "Roll change", "Thay cuộn"),
        reason("horn", "혼 조정", "Horn adjustment", "Chỉnh đầu hàn"),
    ),
    "plating": (
        reason("hoist", "호이스트 고장", "Hoist fault", "Lỗi tời"),
        reason("bath", "도금액 조정", "Bath adjustment", "Chỉnh bể mạ"),
        reason("rack", "랙 부족", "No racks", "Thiếu giá"),
    ),
    "kit": (
        reason("humidity", "습도 이탈", "Humidity out of range", "Độ ẩm vượt mức"),
        reason("press", "프레스 조정", "Press adjustment", "Chỉnh máy ép"),
        reason("pouch", "파우치 걸림", "Pouch jam", "Kẹt túi"),
    ),
}


def reasons_of(site: Site, line: Line, day: date | None = None) -> list[dict[str, Any]]:
    """The tiles of a line: the sector's own, those of every line, then what the site entered.

    Args:
        site: with the reasons that were entered.
        line: whose stops they explain.
        day: local day on which they are offered; None = those of any day.
    """
    found = {each["id"]: each for each in (*PROFILES.get(line.profile, ()), *COMMON)}
    for one in sorted(site.reasons, key=lambda each: each.valid_from):
        if one.line not in (None, line.id) or not holds(one, day):
            continue
        if one.offered:
            found[one.id] = reason(one.id, one.ko, one.en, one.vi)
        elif day is not None:
            found.pop(one.id, None)
    return list(found.values())


def holds(one: Reason, day: date | None) -> bool:
    """Whether an entry speaks of a day; of any day it does."""
    if day is None:
        return True
    return one.valid_from <= day and (one.valid_to is None or day < one.valid_to)
