"""Numbers as people say them, for the lines and sentences that explain a decision."""


def spell_count(records: float) -> str:
    """Three figures: 1.24M, 310k, 42."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if records >= size:
            return f"{records / size:.3g}{letter}"
    return f"{records:.3g}"


def spell_rate(records_per_second: float) -> str:
    """Three figures and the unit: 52.1k/s."""
    return f"{spell_count(records_per_second)}/s"
