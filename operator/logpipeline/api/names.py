"""How the objects of a cluster are named, as types of fields."""

from typing import Annotated, Final

from pydantic import Field

from logpipeline.api.base import Matches

LABEL: Final = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
DnsLabel = Annotated[
    str,
    Field(max_length=63),
    Matches(LABEL, "must be lowercase letters, digits and '-', and begin and end with a letter or a digit"),
]
DnsName = Annotated[
    str,
    Field(max_length=253),
    Matches(
        rf"{LABEL}(\.{LABEL})*",
        "must be lowercase letters, digits, '-' and '.', and begin and end with a letter or a digit",
    ),
]
KindName = Annotated[
    str, Field(max_length=63), Matches("[A-Z][A-Za-z0-9]*", "must be a kind, such as Deployment")
]
ApiVersion = Annotated[
    str,
    Field(max_length=253),
    Matches(rf"({LABEL}(\.{LABEL})*/)?v[a-z0-9]+", "must be a group and a version, such as apps/v1"),
]
