"""Resources that nobody would write, made from the very schemas that the API server checks."""

import copy
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import yaml
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

Json = Any
CRDS: Final = Path(__file__).parents[1] / "crds"
_MATCHES: Final = re.compile(r"self\.matches\(r'\^\((.*)\)\$'\)")
_LONG: Final = 40
"""Characters, or items: of what may be longer, so much is long enough."""
_EITHER_OF: Final[Mapping[frozenset[str], Sequence[Sequence[str]]]] = {
    frozenset({"kafka", "redis", "prometheus"}): (("kafka",), ("redis",), ("prometheus",)),
    frozenset({"address", "sentinel", "cluster"}): (("address",), ("sentinel",), ("cluster",)),
    frozenset({"streams", "lists", "consumerGroup"}): (("streams", "consumerGroup"), ("lists",)),
    frozenset({"at", "cron", "until", "except"}): (
        *(("at",), ("cron",), ("cron", "until"), ("cron", "except"), ("cron", "until", "except")),
    ),
    frozenset({"recordsPerSecond", "multiplier", "replicas"}): (
        *(("recordsPerSecond",), ("multiplier",), ("replicas",)),
    ),
}
"""Fields of which rules demand exactly one, or one set."""
_TEXTS: Final = (
    *(
        "a",
        "0",
        "a-b",
        "a.b",
        "a" * 63,
        ".".join(["a" * 49] * 5),
        "access-log",
        "..",
        "_",
        "A.b-9",
        "t" * 249,
    ),
    *("Deployment", "X", "StatefulSet", "K" * 63, "v1", "apps/v1", "apps/v1beta1", "example.com/v2alpha1"),
    *(
        "kafka:9092",
        "a:1,b:2",
        "[::1]:9092",
        "ü:9092",
        "a:99999",
        "a:b:1",
        "\xa0:1",
        "日志:9092",
        "%:0",
        "::0",
    ),
    *(
        "redis://h:6379/0",
        "rediss://h",
        "redis://u:p@h:6379/",
        "redis://[::1",
        "redis://h:99999",
        "redis://:@",
    ),
    *("redis://h?db=x", "redis://%zz", "redis://a/9999", "redis://日志:1", "redis://]:1/0", "redis://#"),
    *(
        "http://p:9090",
        "https://p/path/",
        "http://[::1",
        "http://:",
        "https://p:99999",
        "http://日志",
        "http://]",
    ),
    *("http://p:x", "https://%zz/%", "http://../..", "http:///", "http://127.1"),
    *(
        "2026-11-11T00:00:00",
        "2026-03-29T02:30",
        "2026-02-30T00:00",
        "2999-12-31T23:59:59",
        "2000-01-01T00:00",
    ),
    *("2026-12-24", "2026-02-30", "2000-01-01", "0 20 * * 5", "0 0 30 2 *", "* * * * *", "*/15 2 * * *"),
    *("0 0 31 1-3 MON#5", "99 L LW , #", "0 0 29 2 */7", "Europe/Berlin", "Mars/Olympus", "Europe", "UTC"),
)
"""Each is right somewhere, by the letter of the schema."""
_JUNK: Final = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=300),
    st.sampled_from(
        ["no", "0s", "-1", "1e3", "1_000", " 5m", "5m\n", "\x00", "a" * 300, "🛒", "{{ x }}", "٣"]
    ),
    st.lists(st.integers(0, 3), max_size=70),
    st.dictionaries(st.sampled_from(["name", "kafka", "replicas", "$ref"]), st.integers(), max_size=2),
)


def spec_schema(plural: str) -> dict[str, Any]:
    """The schema of a spec, as the API server has it."""
    (version,) = yaml.safe_load((CRDS / f"{plural}.yaml").read_text())["spec"]["versions"]
    schema: dict[str, Any] = version["schema"]["openAPIV3Schema"]["properties"]["spec"]
    return schema


@st.composite
def specs(draw: DrawFn, schema: Mapping[str, Any], *, faults: int) -> Json:
    """A spec with up to so many things wrong with it; many of those without are valid."""
    spec = draw(_values(schema))
    for _ in range(draw(st.integers(0, faults))):
        spec = draw(_spoilt(spec))
    return spec


def _values(schema: Mapping[str, Any]) -> SearchStrategy[Json]:
    make = {"array": _arrays, "string": _strings, "integer": _integers, "number": _numbers}
    make["object"] = _maps if "additionalProperties" in schema else _objects
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    return st.booleans() if schema["type"] == "boolean" else make[schema["type"]](schema)


@st.composite
def _objects(draw: DrawFn, schema: Mapping[str, Any]) -> Json:
    properties, required = schema["properties"], set(schema.get("required", ()))
    chosen = required | {name for name in properties if draw(st.booleans())}
    for fields, sets in _EITHER_OF.items():
        if fields <= properties.keys():
            chosen = (chosen - fields) | set(draw(st.sampled_from(sets)))
    made = {name: draw(_values(properties[name])) for name in properties if name in chosen}
    if "maxReplicas" in made:
        counts = [made, made.get("fallback", {})]
        for holder, name in zip(counts, ("minReplicas", "replicas"), strict=True):
            if name in holder:
                holder[name] = min(holder[name], made["maxReplicas"])
    if "readyBefore" in made:
        made["leadTime"] = made["readyBefore"]
    if "operator" in made:
        made.pop("values", None)
        if made["operator"] in {"In", "NotIn"}:
            made["values"] = draw(_values(properties["values"]))
    return made


def _maps(schema: Mapping[str, Any]) -> SearchStrategy[Json]:
    names = st.sampled_from(["a", "index", "collect", "a" * 63])
    return st.dictionaries(
        names,
        _values(schema["additionalProperties"]),
        min_size=schema.get("minProperties", 0),
        max_size=min(schema["maxProperties"], 3),
    )


def _arrays(schema: Mapping[str, Any]) -> SearchStrategy[Json]:
    keys = schema.get("x-kubernetes-list-map-keys")
    return st.lists(
        _values(schema["items"]),
        min_size=max(1, schema.get("minItems", 0)),
        max_size=min(schema["maxItems"], 3),
        unique_by=lambda item: json.dumps([item[key] for key in keys] if keys else item),
    )


def _integers(schema: Mapping[str, Any]) -> SearchStrategy[int]:
    least, most = schema["minimum"], schema["maximum"]
    return st.one_of(st.sampled_from([least, most]), st.integers(least, most))


def _numbers(schema: Mapping[str, Any]) -> SearchStrategy[float]:
    return st.floats(schema["minimum"], schema["maximum"]) | st.integers(1, int(schema["maximum"]))


def _strings(schema: Mapping[str, Any]) -> SearchStrategy[str]:
    rules = [rule["rule"] for rule in schema.get("x-kubernetes-validations", ())]
    if any("smhdw" in rule for rule in rules):
        return st.sampled_from(["1s", "90s", "5m", "1h30m", "1d", "0h1m", "7d", "86401s"])
    patterns = [found[1] for rule in rules if (found := _MATCHES.fullmatch(rule))]
    if patterns:
        return st.sampled_from([text for text in _TEXTS if re.fullmatch(patterns[0], text)])
    longest = st.just("x" * schema["maxLength"])
    some = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=_LONG)
    return st.one_of(some, some, some, longest)


@st.composite
def _spoilt(draw: DrawFn, spec: Json) -> Json:
    """The same with one thing changed, removed, doubled or added."""
    spoilt = copy.deepcopy(spec)
    places = list(_places(spoilt))
    if not places:
        return draw(_JUNK)
    holder, key = draw(st.sampled_from(places))
    kind = draw(st.sampled_from(["replace", "replace", "remove", "add", "double"]))
    if kind == "remove":
        del holder[key]
    elif kind == "add" and isinstance(holder, dict):
        holder[draw(st.sampled_from(["maxReplcas", "", "x" * 300, "名"]))] = draw(_JUNK)
    elif kind == "double" and isinstance(holder, list):
        holder.append(copy.deepcopy(holder[key]))
    else:
        holder[key] = draw(_JUNK)
    return spoilt


def _places(node: Json) -> Iterator[tuple[Any, Any]]:
    """Everything in a spec, by what holds it and where."""
    inside = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in list(inside):
        yield node, key
        yield from _places(value)
