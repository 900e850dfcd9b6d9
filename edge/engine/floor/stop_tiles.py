"""Reasons for stops that a sector offers as tiles, most usual first; data, not judgement."""

from datetime import date

from edge.engine.floor.tiles import Tile, Tiles, tile
from edge.site import Line, Reason, Site

OFFERED = Tiles(
    common=(
        tile("material", "자재 대기", "Waiting for material", "Chờ vật liệu"),
        tile("breakdown", "설비 고장", "Breakdown", "Hỏng máy"),
        tile("quality", "품질 확인", "Quality check", "Kiểm tra chất lượng"),
        tile("cleaning", "청소", "Cleaning", "Vệ sinh"),
        tile("operator", "작업자 부재", "No operator", "Không có người"),
        tile("other", "기타", "Other", "Khác"),
    ),
    sectors={
        "mask": (
            tile("jam", "귀끈 걸림", "Ear loop jam", "Kẹt dây tai"),
            tile("roll", "원단 교체", "Roll change", "Thay cuộn"),
            tile("horn", "혼 조정", "Horn adjustment", "Chỉnh đầu hàn"),
        ),
        "plating": (
            tile("hoist", "호이스트 고장", "Hoist fault", "Lỗi tời"),
            tile("bath", "도금액 조정", "Bath adjustment", "Chỉnh bể mạ"),
            tile("rack", "랙 부족", "No racks", "Thiếu giá"),
        ),
        "kit": (
            tile("humidity", "습도 이탈", "Humidity out of range", "Độ ẩm vượt mức"),
            tile("press", "프레스 조정", "Press adjustment", "Chỉnh máy ép"),
            tile("pouch", "파우치 걸림", "Pouch jam", "Kẹt túi"),
        ),
    },
)


def reasons_of(site: Site, line: Line, day: date | None = None) -> list[Tile]:
    """The tiles of a line: the sector's own, those of every line, then what the site entered.

    Args:
        site: with the reasons that were entered.
        line: whose stops they explain.
        day: local day on which they are offered; None = those of any day.
    """
    found = {each["id"]: pictured(each) for each in OFFERED.of(line.profile)}
    for one in sorted(site.reasons, key=lambda each: each.valid_from):
        if one.line not in (None, line.id) or not holds(one, day):
            continue
        if one.offered:
            found[one.id] = pictured(tile(one.id, one.ko, one.en, one.vi))
        elif day is not None:
            found.pop(one.id, None)
    return list(found.values())


def pictured(one: Tile) -> Tile:
    """A tile with its pictogram, which bears its name."""
    return {**one, "pictogram": one["id"]}


def holds(one: Reason, day: date | None) -> bool:
    """Whether an entry speaks of a day; of any day it does."""
    if day is None:
        return True
    return one.valid_from <= day and (one.valid_to is None or day < one.valid_to)
