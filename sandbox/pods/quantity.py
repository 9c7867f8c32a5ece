"""Resource quantities (`250m`, `64Mi`) as the whole numbers that resourceFieldRef gives a process."""

import re
from collections.abc import Mapping
from decimal import ROUND_CEILING, Decimal

from sandbox.pods.objects import Json
from sandbox.pods.state import NotStartableError, Reason

NODE_CAPACITY: Mapping[str, str] = {"cpu": "64", "memory": "64Gi", "pods": "500"}
"""What the runner's node offers, and what a limit that is not set means."""

_QUANTITY = re.compile(r"([0-9.]+)(m|k|M|G|T|Ki|Mi|Gi|Ti|)")
_UNITS: Mapping[str, Decimal] = {
    "": Decimal(1),
    "m": Decimal("0.001"),
    **{unit: Decimal(1000) ** power for power, unit in enumerate(("k", "M", "G", "T"), start=1)},
    **{unit: Decimal(1024) ** power for power, unit in enumerate(("Ki", "Mi", "Gi", "Ti"), start=1)},
}


def parse_quantity(text: str) -> Decimal:
    """The number a quantity stands for.

    Raises NotStartableError: the text is none.
    """
    match = _QUANTITY.fullmatch(text)
    if match is None:
        raise NotStartableError(Reason.CONFIG_ERROR, f"{text!r} is no quantity that the pod runner reads")
    return Decimal(match[1]) * _UNITS[match[2]]


def resource_value(resources: Json, reference: Json) -> str:
    """The value of a resourceFieldRef such as `limits.cpu`, in units of its divisor, rounded up."""
    group, _, name = reference["resource"].partition(".")
    amount = (resources.get(group) or {}).get(name)
    if amount is None:
        amount = NODE_CAPACITY.get(name, "0") if group == "limits" else "0"
    divisor = parse_quantity(str(reference.get("divisor") or "1")) or Decimal(1)
    return str((parse_quantity(str(amount)) / divisor).to_integral_value(ROUND_CEILING))
