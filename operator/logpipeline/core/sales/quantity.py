"""Quantities of Kubernetes, such as 500m and 2Gi."""

import math
import re
from decimal import Decimal
from typing import Final

_FORM: Final = re.compile(r"([+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)(m|u|n|k|M|G|T|P|E|[KMGTPE]i)?")
_POWERS: Final = {
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("0.001"),
    "": Decimal(1),
    **{letter: Decimal(1_000) ** (place + 1) for place, letter in enumerate("kMGTPE")},
    **{f"{letter}i": Decimal(1_024) ** (place + 1) for place, letter in enumerate("KMGTPE")},
}
_MEBI: Final = Decimal(1_024) ** 2


def read_quantity(text: object) -> Decimal | None:
    """Its value; None where it is none."""
    found = _FORM.fullmatch(str(text).strip())
    try:
        return None if found is None else Decimal(found[1]) * _POWERS[found[2] or ""]
    except ArithmeticError:
        return None


def spell_quantity(resource: str, value: Decimal) -> str:
    """As one would write it for `resource`, rounded up: memory in Mi, CPU in thousandths, others whole."""
    if resource.endswith(("memory", "storage")):
        return f"{math.ceil(value / _MEBI)}Mi"
    thousandths = math.ceil(value * 1_000)
    if resource.endswith("cpu") and thousandths % 1_000:
        return f"{thousandths}m"
    return str(math.ceil(value))
