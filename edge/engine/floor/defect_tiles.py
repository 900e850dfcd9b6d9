"""Types of defects that a sector offers as tiles, most usual first; any other name is as good."""

from edge.engine.floor.tiles import Tile, Tiles, tile

OFFERED = Tiles(
    common=(
        tile("appearance", "외관", "Appearance", "Ngoại quan"),
        tile("size", "치수", "Size", "Kích thước"),
        tile("other", "기타", "Other", "Khác"),
    ),
    sectors={
        "mask": (
            tile("ear_loop", "귀끈 용착", "Ear loop weld", "Hàn dây tai"),
            tile("nose_wire", "코편", "Nose wire", "Nẹp mũi"),
            tile("fold", "접힘", "Fold", "Gấp lệch"),
        ),
        "plating": (
            tile("thickness", "도금 두께", "Thickness", "Độ dày mạ"),
            tile("adhesion", "밀착 불량", "Adhesion", "Bám dính kém"),
            tile("stain", "얼룩", "Stain", "Vết ố"),
        ),
        "kit": (
            tile("line", "검사선 불량", "Test line", "Vạch thử"),
            tile("strip", "스트립 폭", "Strip width", "Bề rộng que"),
            tile("seal", "실링", "Seal", "Hàn kín"),
        ),
    },
)


def defects_of(profile: str) -> list[Tile]:
    """The tiles of a line, the sector's own first."""
    return list(OFFERED.of(profile))
