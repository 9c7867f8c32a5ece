import pytest

from logpipeline.sources.base import (
    Connection,
    KafkaConnection,
    PrometheusConnection,
    RedisConnection,
    RedisSentinels,
    RedisServer,
)
from logpipeline.sources.credentials import Credentials, CredentialsError
from logpipeline.sources.kafka.credentials import properties_of
from logpipeline.sources.redis.client import options_of, sentinel_options_of
from logpipeline.sources.usability import check

KAFKA = KafkaConnection("kafka:9092")
REDIS = RedisConnection(RedisServer("redis://redis:6379"))
PROMETHEUS = PrometheusConnection("http://prometheus:9090")
LOGIN = {"username": "reader", "password": "hunter2"}
PLAIN = {**LOGIN, "sasl.mechanism": "PLAIN"}


@pytest.mark.parametrize(
    ("values", "properties"),
    [
        (PLAIN, {"security.protocol": "SASL_SSL", "sasl.mechanism": "PLAIN"}),
        (
            {**LOGIN, "sasl.mechanism": "scram-sha-256", "security.protocol": "sasl_plaintext"},
            {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "SCRAM-SHA-256"},
        ),
    ],
)
def test_a_password_travels_in_clear_only_where_the_secret_says_so(
    values: dict[str, str], properties: dict[str, str]
) -> None:
    login = {"sasl.username": "reader", "sasl.password": "hunter2"}
    assert properties_of(Credentials.of(values)) == {**login, **properties}


def test_a_secret_may_say_that_there_is_nothing_to_prove() -> None:
    assert properties_of(Credentials.of({"security.protocol": "PLAINTEXT"})) == {
        "security.protocol": "PLAINTEXT"
    }


@pytest.mark.parametrize(
    ("where", "values", "sentence"),
    [
        (KAFKA, {}, "it holds none of"),
        (KAFKA, LOGIN, "'username' is given without 'sasl.mechanism': add it"),
        (KAFKA, {"username": "u", "sasl.mechanism": "PLAIN"}, "without 'password'"),
        (KAFKA, {"sasl.mechanism": "PLAIN"}, "'sasl.mechanism' is given without 'username'"),
        (
            KAFKA,
            {**PLAIN, "security.protocol": "SSL"},
            "'username' has no effect with 'security.protocol' SSL",
        ),
        (KAFKA, {"security.protocol": "SASL_SSL"}, "there is no 'username'"),
        (KAFKA, {"security.protocol": "TLS"}, "is none of PLAINTEXT, SASL_PLAINTEXT, SASL_SSL, SSL"),
        (KAFKA, {**LOGIN, "sasl.mechanism": "OAUTHBEARER"}, "OAUTHBEARER is not supported: use one of PLAIN"),
        (KAFKA, {**LOGIN, "sasl.mechanism": "GSSAPI"}, "GSSAPI is not supported"),
        (KAFKA, {**LOGIN, "sasl.mechanism": "MD5"}, "is none of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512"),
        (
            KAFKA,
            {**PLAIN, "security.protocol": "SASL_PLAINTEXT", "ca.crt": "x"},
            "'ca.crt' has no effect with 'security.protocol' SASL_PLAINTEXT",
        ),
        (KAFKA, {"ca.crt": "no certificate"}, "'ca.crt' holds no certificate in PEM form"),
        (KAFKA, {"tls.crt": "x"}, "'tls.crt' is given without 'tls.key'"),
        (KAFKA, {"tls.key": "x"}, "'tls.key' is given without 'tls.crt'"),
        (KAFKA, {"tls.key": "x", "tls.crt": "y"}, "are not a certificate and its key in PEM form"),
        (
            KAFKA,
            {**PLAIN, "ssl.endpoint.identification.algorithm": "off"},
            "is neither 'https' nor 'none'",
        ),
        (REDIS, {}, "it holds none of 'password'"),
        (REDIS, {"username": "u"}, "'username' is given without 'password'"),
        (REDIS, {"password": "p", "ca.crt": "x"}, "for a connection without TLS: give rediss://"),
        (
            RedisConnection(RedisServer("redis://:other@redis:6379")),
            {"password": "p"},
            "take it out of the address",
        ),
        (
            RedisConnection(RedisSentinels(("sentinel:26379",), "main")),
            {"sentinel.username": "u"},
            "without 'sentinel.password'",
        ),
        (PROMETHEUS, {}, "it holds none of 'username'"),
        (PROMETHEUS, {"username": "u"}, "'username' is given without 'password'"),
        (PROMETHEUS, {**LOGIN, "token": "t"}, "'token' and 'username' are both given"),
        (PROMETHEUS, {"token": "two\nlines"}, "'token' holds spaces, line ends or letters"),
        (PROMETHEUS, {"username": "a:b", "password": "p"}, "'username' holds a colon"),
        (PROMETHEUS, {"token": "t", "ca.crt": "x"}, "give https:// as the address"),
    ],
)
def test_credentials_that_cannot_work_are_refused_before_anybody_is_asked(
    where: Connection, values: dict[str, str], sentence: str
) -> None:
    with pytest.raises(CredentialsError) as refused:
        check(where, Credentials.of(values))
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("where", "values"),
    [
        (KAFKA, PLAIN),
        (REDIS, LOGIN),
        (REDIS, {"password": "p"}),
        (RedisConnection(RedisSentinels(("sentinel:26379",), "main")), {"sentinel.password": "p"}),
        (PROMETHEUS, LOGIN),
        (PROMETHEUS, {"token": "t"}),
    ],
)
def test_what_each_kind_of_source_needs_is_enough(where: Connection, values: dict[str, str]) -> None:
    check(where, Credentials.of(values))


def test_sentinels_have_passwords_of_their_own() -> None:
    credentials = Credentials.of({**LOGIN, "sentinel.password": "other"})
    assert options_of(credentials, encrypted=False) == LOGIN
    assert sentinel_options_of(credentials, encrypted=False) == {"password": "other"}


def test_credentials_show_nothing() -> None:
    credentials = Credentials.of(LOGIN)
    assert "hunter2" not in f"{credentials!r}{credentials}"
    assert "reader" not in f"{credentials!r}{credentials}"
    assert credentials == Credentials.of(dict(LOGIN))
    assert credentials != Credentials.of({**LOGIN, "password": "other"})


def test_an_empty_entry_counts_as_not_given() -> None:
    assert Credentials.of({"password": ""}) == Credentials.of({})
