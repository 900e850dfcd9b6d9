"""Reasons for stops that a sector offers as tiles, most usual first; data, not judgement."""

from collections.abc import Mapping
from typing import Any


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


def reasons_of(profile: str) -> list[dict[str, Any]]:
    """The tiles of a line, the sector's own first."""
    return [*PROFILES.get(profile, ()), *COMMON]
