"""The label selector of Kubernetes."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, ClassVar, Final

from pydantic import Field

from logpipeline.api.base import ApiModel, Matches, Rule
from logpipeline.api.names import LABEL

_WORD: Final = "[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?"
LabelKey = Annotated[
    str,
    Field(max_length=317),
    Matches(
        rf"({LABEL}(\.{LABEL})*/)?{_WORD}", "must be the name of a label, such as tier or shop.example/tier"
    ),
]
LabelValue = Annotated[
    str,
    Field(max_length=63),
    Matches(f"({_WORD})?", "must be the value of a label: letters, digits, '-', '_' and '.'"),
]


class Operator(StrEnum):
    """How the label of an object is compared."""

    IN = "In"
    NOT_IN = "NotIn"
    EXISTS = "Exists"
    DOES_NOT_EXIST = "DoesNotExist"


class Requirement(ApiModel):
    """One thing that a label must satisfy."""

    validations: ClassVar = (
        Rule(
            "(self.operator in ['In', 'NotIn']) == (has(self.values) && self.values.size() > 0)",
            "values belong to the operators In and NotIn, and to no others",
            holds=lambda one: (one.operator in {Operator.IN, Operator.NOT_IN}) == bool(one.values),
        ),
    )

    key: LabelKey
    """Name of the label."""
    operator: Operator
    """How it is compared."""
    values: Annotated[tuple[LabelValue, ...], Field(max_length=32)] = ()
    """With what, for `In` and `NotIn`."""

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether an object with these labels satisfies it."""
        match self.operator:
            case Operator.IN:
                return labels.get(self.key) in self.values
            case Operator.NOT_IN:
                return labels.get(self.key) not in self.values
            case Operator.EXISTS:
                return self.key in labels
            case Operator.DOES_NOT_EXIST:
                return self.key not in labels


class Selector(ApiModel):
    """Objects by their labels; all of what is given must hold, and an empty one selects everything."""

    match_labels: Annotated[dict[LabelKey, LabelValue], Field(max_length=32)] | None = None
    """Labels that must be exactly so."""
    match_expressions: Annotated[tuple[Requirement, ...], Field(max_length=32)] = ()
    """More that must hold."""

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether an object with these labels is selected."""
        exact = (labels.get(key) == value for key, value in (self.match_labels or {}).items())
        return all(exact) and all(requirement.matches(labels) for requirement in self.match_expressions)
