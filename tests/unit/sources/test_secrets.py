"""What may be said of a Secret, whatever is in it: never a value."""

import string
from traceback import format_exception

import structlog
from hypothesis import given
from hypothesis import strategies as st

from logpipeline.sources.base import (
    Connection,
    KafkaConnection,
    PrometheusConnection,
    RedisConnection,
    RedisNodes,
    RedisServer,
    SecretRef,
)
from logpipeline.sources.credentials import KNOWN_KEYS, Credentials, CredentialsError
from logpipeline.sources.kafka.credentials import PROTOCOLS, properties_of
from logpipeline.sources.secrets import Fault, understood
from logpipeline.sources.usability import check
from tests.unit.sources.secret_objects import secret_object

SECRET = SecretRef("shop", "auth")
CONNECTIONS: list[Connection] = [
    KafkaConnection("kafka:9092", SECRET),
    RedisConnection(RedisServer("redis://redis:6379"), SECRET),
    RedisConnection(RedisServer("rediss://redis:6379"), SECRET),
    RedisConnection(RedisNodes(("redis:6379",), tls=True), SECRET),
    PrometheusConnection("http://prometheus:9090", SECRET),
    PrometheusConnection("https://prometheus:9090", SECRET),
]
MARK = "Zq7Zq7"
"""In every value that is made up; in no sentence of ours."""
made_up = st.text(max_size=20).map(lambda text: f"{MARK}{text}".encode()) | st.binary(max_size=20).map(
    lambda junk: MARK.encode() + junk
)
known = st.sampled_from(["SASL_SSL", "sasl_plaintext", "SSL", "PLAIN", "OAUTHBEARER", "https", "none"]).map(
    str.encode
)
pem = st.sampled_from(["CERTIFICATE", "PRIVATE KEY"]).map(
    lambda kind: f"-----BEGIN {kind}-----\n{MARK}Zq7=\n-----END {kind}-----".encode()
)
keys = st.sampled_from(sorted(KNOWN_KEYS)) | st.text(string.ascii_lowercase + ".", min_size=1)


@given(st.dictionaries(keys, made_up | known | pem), st.sampled_from(CONNECTIONS))
def test_nothing_that_is_said_of_a_secret_holds_a_value(values: dict[str, bytes], where: Connection) -> None:
    said = []
    with structlog.testing.capture_logs() as logged:
        verdict = understood(SECRET, secret_object(values))
        said.append(repr(verdict))
        if not isinstance(verdict, Fault):
            try:
                check(where, verdict)
            except CredentialsError as error:
                said += format_exception(error)
    assert MARK not in str(said) + str(logged)


@given(st.dictionaries(keys | st.sampled_from(["plugin.library.paths", "ssl.ca.location", "debug"]), made_up))
def test_no_other_property_of_the_library_comes_out_of_a_secret(values: dict[str, bytes]) -> None:
    verdict = understood(SECRET, secret_object(values))
    if isinstance(verdict, Fault):
        return
    assert verdict.values.keys() <= KNOWN_KEYS
    login = {
        "username": "user",
        "password": "word",
        "sasl.mechanism": "PLAIN",
        "security.protocol": "SASL_SSL",
    }
    given = {
        key: value for key, value in verdict.values.items() if key not in ("ca.crt", "tls.crt", "tls.key")
    }
    for key in ("tls.key.password", "ssl.endpoint.identification.algorithm"):
        given.pop(key, None)
    properties = properties_of(Credentials.of({**given, **login}))
    assert properties.keys() == {"security.protocol", "sasl.mechanism", "sasl.username", "sasl.password"}
    assert properties["security.protocol"] in PROTOCOLS


def test_an_entry_that_is_not_for_us_may_be_anything() -> None:
    verdict = understood(SECRET, secret_object({"password": b"right", "user.p12": b"\xff\x00"}))
    assert verdict == Credentials.of({"password": "right"})


def test_the_line_end_of_an_editor_is_not_part_of_a_password() -> None:
    verdict = understood(SECRET, secret_object({"password": b"right\n", "username": b" user\r\n"}))
    assert verdict == Credentials.of({"password": "right", "username": " user"})


def test_an_entry_that_is_no_text_is_named() -> None:
    verdict = understood(SECRET, secret_object({"password": b"\xff\xfe"}))
    assert isinstance(verdict, Fault)
    assert verdict.message == "Secret shop/auth cannot be used: 'password' is not text in UTF-8"


def test_a_secret_with_base64_that_is_none_is_named() -> None:
    read = secret_object({}) | {"data": {"password": "not base64!"}}
    verdict = understood(SECRET, read)
    assert isinstance(verdict, Fault)
    assert "'password'" in verdict.message
