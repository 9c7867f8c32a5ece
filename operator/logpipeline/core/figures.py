"""Numbers as people say them in the lines that explain a decision, and as status holds them."""

MOST = 2**63 - 1
"""The largest number that a field of a resource can hold."""


def whole(figure: float) -> int:
    """To the nearest whole number, and no larger than a field can hold."""
    return min(round(float(figure)), MOST)


def spell_count(records: float) -> str:
    """Three figures: 1.24M, 310k, 42."""
    rounded = float(f"{records:.3g}")
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if rounded >= size:
            return f"{rounded / size:.4g}{letter}"
    return f"{rounded:.3g}"


def spell_rate(records_per_second: float) -> str:
    """Three figures and the unit: 52.1k/s."""
    return f"{spell_count(records_per_second)}/s"
