"""Units that must agree: of a price, and of the meter that counts what it is paid for."""

from collections.abc import Iterable


def misfit(item: str, unit: str, metered: Iterable[tuple[str | None, str]]) -> str | None:
    """Why the price of an item is per another unit than the item is metered in; None where it fits.

    A price is multiplied by what was used as it is: won per kg and a meter of g would cost a
    thousand times too much. What nobody meters, or meters without a unit, fits.

    Args:
        item: what is priced.
        unit: of the price, such as KRW/kW.h.
        metered: material and unit of each signal; energy is always turned into kW.h.
    """
    used = {each for material, each in metered if material == item} - {"1"}
    if item == "electricity":
        used = {"kW.h"}
    currency, _, per = unit.partition("/")
    if not used - {per}:
        return None
    told = ", ".join(sorted(used))
    return (
        f"is '{unit}', and {item} is counted in {told}; write what one costs, as {currency}/{told}"
    )
