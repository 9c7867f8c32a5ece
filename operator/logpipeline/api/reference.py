"""The field references of the resources, in `docs/reference`, generated from the models."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from logpipeline.api.duration import FORM
from logpipeline.api.logpipeline import API_VERSION
from logpipeline.api.resources import Resource
from logpipeline.api.schema import spell_default, structural_schema

Schema = dict[str, Any]

_PREAMBLE: Final = """\
<!-- Generated from operator/logpipeline/api by `make generate`. Edit the models instead. -->

# Fields of a {kind}

`apiVersion: {api_version}`, `kind: {kind}`. Its full name for `kubectl` is
`{name}`, its short name `{short}`. The same texts are shown by `kubectl explain {short}.spec`.

The API server checks every bound and rule on this page when a {kind} is applied, and refuses it with the
sentence given here. A field that is not on this page is refused by `kubectl` as unknown; a client that does
not ask for strict field validation gets a warning, and the field is dropped.

A duration is one or more numbers with a unit each (`s`, `m`, `h`, `d`, `w`), such as `90s`, `10m`, `1h30m`.
"""


@dataclass(frozen=True, slots=True)
class _Row:
    """One field in the table of its object."""

    field: str
    type: str
    default: str
    bounds: str
    meaning: str

    @property
    def cells(self) -> tuple[str, ...]:
        return (self.field, self.type, self.default, self.bounds, self.meaning)


_HEADINGS: Final = _Row("Field", "Type", "Default", "Bounds", "Meaning")


def render(resource: Resource) -> str:
    """The page of a resource, in Markdown."""
    preamble = _PREAMBLE.format(
        kind=resource.kind, api_version=API_VERSION, name=resource.name, short=resource.short_name
    )
    tables = (_section(path, schema) for path, schema in _objects(structural_schema(resource.model)))
    return "\n".join((preamble, *tables))


def _objects(schema: Schema, path: str = "") -> Iterator[tuple[str, Schema]]:
    """Every object below `schema`, each with its path, in the order in which a reader meets them."""
    for name, field in schema["properties"].items():
        below, inner = (f"{path}{name}[]", field["items"]) if "items" in field else (path + name, field)
        if "properties" in inner:
            yield below, inner
            yield from _objects(inner, f"{below}.")


def _section(path: str, schema: Schema) -> str:
    rows = [_row(path, name, field, schema) for name, field in schema["properties"].items()]
    lines = [f"## `{path}`", "", schema["description"], "", *_table(rows)]
    rules = [f"- {rule['message']}" for rule in schema.get("x-kubernetes-validations", ())]
    return "\n".join([*lines, *(["", "Rules:", "", *rules] if rules else []), ""])


def _row(path: str, name: str, field: Schema, parent: Schema) -> _Row:
    default = "required" if name in parent.get("required", ()) else _default(field)
    if not path.startswith("spec"):
        default = ""
    return _Row(f"`{name}`", _type(f"{path}.{name}", field), default, _bounds(field), field["description"])


def _default(field: Schema) -> str:
    default = spell_default(field)
    return f"`{default}`" if default else ""


def _type(path: str, field: Schema) -> str:
    if "items" in field:
        return f"list of {_type(f'{path}[]', field['items'])}"
    if "properties" in field:
        return f"[object](#{_anchor(path)})"
    if "additionalProperties" in field:
        return f"map of {_type(path, field['additionalProperties'])}"
    if "enum" in field:
        return " or ".join(f"`{value}`" for value in field["enum"])
    if FORM in _messages(field):
        return "duration"
    return "time" if field.get("format") == "date-time" else str(field["type"])


def _bounds(field: Schema) -> str:
    """What a value must satisfy, in words. The rules of an object stand below its own table."""
    if "properties" in field:
        return ""
    words = [
        _between(field.get("minimum"), field.get("maximum"), ""),
        _between(field.get("minItems"), field.get("maxItems"), "items"),
        _between(field.get("minProperties"), field.get("maxProperties"), "entries"),
        *(message for message in _messages(field) if message != FORM),
    ]
    if FORM not in _messages(field):
        words.append(_between(None, field.get("maxLength"), "characters"))
    below = field.get("items") or field.get("additionalProperties")
    if below is not None and _bounds(below):
        words.append(f"each {'value ' if 'additionalProperties' in field else ''}{_bounds(below)}")
    return "; ".join(word for word in words if word)


def _between(low: float | None, high: float | None, unit: str) -> str:
    match low, high:
        case None, None:
            return ""
        case None, _:
            return f"at most {high:,} {unit}".rstrip()
        case _, None:
            return f"at least {low:,} {unit}".rstrip()
        case _:
            return f"{low:,} to {high:,} {unit}".rstrip()


def _messages(field: Schema) -> list[str]:
    return [rule["message"] for rule in field.get("x-kubernetes-validations", ())]


def _table(rows: list[_Row]) -> list[str]:
    """A Markdown table without the columns in which nothing would stand."""
    columns = [
        (heading, cells)
        for heading, *cells in zip(_HEADINGS.cells, *(row.cells for row in rows), strict=True)
        if any(cells)
    ]
    lines = zip(*((heading, "---", *cells) for heading, cells in columns), strict=True)
    return [f"| {' | '.join(line)} |" for line in lines]


def _anchor(path: str) -> str:
    """The fragment that Markdown renderers make of the heading of `path`."""
    return "".join(letter for letter in path.lower() if letter.isalnum())
