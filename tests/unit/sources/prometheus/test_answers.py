import math
from typing import Any

import pytest

from logpipeline.api.conditions import Reason
from logpipeline.core.readings import Missing, Reading, Sample, Sharing
from logpipeline.sources.base import PrometheusConnection, PrometheusQuery
from logpipeline.sources.prometheus.age import STALE_SECONDS, ages_of, question_of_age
from logpipeline.sources.prometheus.answers import NotOneNumberError, number_of
from logpipeline.sources.prometheus.readings import Answers, questions_of

EVALUATED = 1_795_000_000.5
BACKLOG = "sum(waiting)"
ARRIVAL = "rate(arrived[1m])"


def vector(*values: float | str, **labels: str) -> list[Any]:
    return [
        {"metric": {"__name__": "waiting", "queue": str(n), **labels}, "value": [EVALUATED, str(value)]}
        for n, value in enumerate(values)
    ]


def reading(
    backlog: object, ages: object = (), arrival: object = None, *, arrival_query: str | None = ARRIVAL
) -> Reading:
    query = PrometheusQuery(PrometheusConnection("http://prometheus:9090"), BACKLOG, arrival_query)
    outcomes = {BACKLOG: backlog, question_of_age(BACKLOG): ages, ARRIVAL: arrival}
    return Answers(EVALUATED, "prometheus:9090", 4.0, outcomes).reading(query)


@pytest.mark.parametrize(
    ("result", "number"),
    [(vector(0), 0), (vector("4.2e1"), 42), ([EVALUATED, "17"], 17), (vector(2**62), 2**62)],
)
def test_a_vector_of_one_and_a_scalar_are_numbers(result: object, number: float) -> None:
    assert number_of(result) == number


@pytest.mark.parametrize(
    ("result", "reason", "says"),
    [
        ([], Reason.NO_SERIES, "finds nothing"),
        (vector(1, 2, 3), Reason.SEVERAL_SERIES, 'gives 3 series, {queue="0"} and {queue="1"} among them'),
        (vector("NaN"), Reason.NOT_A_NUMBER, "gives NaN"),
        ([EVALUATED, "NaN"], Reason.NOT_A_NUMBER, "gives NaN"),
        (vector("+Inf"), Reason.NOT_A_NUMBER, "an infinite number"),
        (vector("-Inf"), Reason.NOT_A_NUMBER, "a negative number"),
        (vector(-1), Reason.NOT_A_NUMBER, "a negative number"),
        (vector(2.0**63), Reason.NOT_A_NUMBER, "too large"),
        ([EVALUATED, "seven"], Reason.NOT_A_NUMBER, "gives a text"),
        ([{"metric": {}, "values": [[EVALUATED, "1"]]}], Reason.NOT_A_NUMBER, "gives a range"),
        ([{"metric": {}, "histogram": [EVALUATED, {}]}], Reason.NOT_A_NUMBER, "a histogram"),
    ],
)
def test_anything_else_is_not_one_number_and_the_sentence_says_what_it_is(
    result: object, reason: Reason, says: str
) -> None:
    with pytest.raises(NotOneNumberError) as caught:
        number_of(result)
    assert caught.value.reason is reason
    assert says in str(caught.value)


def test_long_labels_are_cut() -> None:
    result = vector(1, 2)
    result[1]["metric"]["path"] = "x" * 10_000
    with pytest.raises(NotOneNumberError) as caught:
        number_of(result)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    ("query", "question"),
    [
        ("waiting", "timestamp(waiting\n)"),
        (' waiting{queue="a"} ', 'timestamp(waiting{queue="a"}\n)'),
        ('{__name__="waiting"}', 'timestamp({__name__="waiting"}\n)'),
        ("sum(job:waiting:sum)", "timestamp(job:waiting:sum\n)"),
        ('max (waiting{queue=~"a|b"})', 'timestamp(waiting{queue=~"a|b"}\n)'),
        ("5", None),
        ("rate(waiting[1m])", None),
        ("waiting + 0", None),
        ("sum by (queue) (waiting)", None),
        ("vector(0)", None),
    ],
)
def test_the_age_is_asked_of_selectors_alone(query: str, question: str | None) -> None:
    assert question_of_age(query) == question


def test_ages_are_by_the_servers_clock_the_youngest_first() -> None:
    assert ages_of(vector(EVALUATED - 70, EVALUATED - 3)) == [3, 70]
    assert ages_of([{"metric": {}, "values": []}]) == []


def test_a_number_is_a_sample_of_one_shared_partition_without_counters() -> None:
    sample = reading(vector(42.2), vector(EVALUATED - 15), vector(7.5))
    assert isinstance(sample, Sample)
    assert sample.backlog.tolist() == [43], "a fraction of a record is more than none"
    assert sample.arrival_per_second == 7.5
    assert sample.sharing is Sharing.SHARED
    assert not sample.counted
    assert not sample.doubts


@pytest.mark.parametrize("arrival", [[], vector("NaN"), vector(1, 2), vector(-1)])
def test_an_arrival_that_is_no_number_is_a_doubt_and_the_backlog_is_known(arrival: object) -> None:
    sample = reading(vector(42), [], arrival)
    assert isinstance(sample, Sample)
    assert sample.backlog.tolist() == [42]
    assert sample.arrival_per_second is None
    (doubt,) = sample.doubts
    assert doubt.reason is Reason.ARRIVAL_UNKNOWN
    assert doubt.message.startswith("arrivalQuery on prometheus:9090 ")
    assert doubt.message.endswith("until then the count is not lowered")


def test_without_an_arrival_query_the_arrival_is_not_known() -> None:
    sample = reading(vector(42), arrival_query=None)
    assert isinstance(sample, Sample)
    assert [doubt.reason for doubt in sample.doubts] == [Reason.ARRIVAL_UNKNOWN]
    assert ARRIVAL not in questions_of(PrometheusQuery(PrometheusConnection("http://p"), BACKLOG))


def test_what_is_wholly_stale_is_missing_and_what_is_partly_stale_is_doubted() -> None:
    old, new = EVALUATED - STALE_SECONDS - 1, EVALUATED - STALE_SECONDS + 1
    missing, sample = (
        reading(vector(42), vector(old, old), vector(1)),
        reading(vector(42), vector(old, new), vector(1)),
    )
    assert isinstance(missing, Missing)
    assert missing.reason is Reason.STALE_SERIES
    assert isinstance(sample, Sample)
    assert [doubt.reason for doubt in sample.doubts] == [Reason.STALE_SERIES]
    assert not isinstance(reading(vector(42), vector(new, new), vector(1)), Missing)


def test_an_arrival_that_is_stale_is_not_believed() -> None:
    old, new = EVALUATED - STALE_SECONDS - 1, EVALUATED - STALE_SECONDS + 1
    query = PrometheusQuery(PrometheusConnection("http://prometheus:9090"), "waiting", "sum(arriving)")
    asked = questions_of(query)
    assert len(asked) == len(set(asked)) == 4
    for ages, believed in ((vector(new, new), True), (vector(old, new), False), (vector(old, old), False)):
        ages_of_backlog, ages_of_arrival = asked[2:]
        outcomes = dict(zip(asked, (vector(0), vector(0), vector(new), ages), strict=True))
        assert "waiting" in ages_of_backlog
        assert "arriving" in ages_of_arrival
        sample = Answers(EVALUATED, "prometheus:9090", 4.0, outcomes).reading(query)
        assert isinstance(sample, Sample)
        assert sample.arrival_per_second == (0 if believed else None)
        assert [doubt.reason for doubt in sample.doubts] == ([] if believed else [Reason.ARRIVAL_UNKNOWN])


@pytest.mark.parametrize("ages", [[], vector("NaN"), RuntimeError(), [{"metric": {}, "values": []}]])
def test_an_age_that_cannot_be_told_stands_in_nobodys_way(ages: object) -> None:
    sample = reading(vector(42), ages, vector(1))
    assert isinstance(sample, Sample)
    assert not sample.doubts
    assert math.isfinite(sample.at)
