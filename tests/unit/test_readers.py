"""Which pipelines read what, and what a change of one of them changes."""

import pytest

from logpipeline.readers import Readers, queries_of
from logpipeline.world.objects import PipelineKey, PipelineObject
from tests.unit.cluster_objects import KEY, pipeline, stage, world

OTHER = PipelineKey("shop", "other")


@pytest.fixture
def both() -> tuple[PipelineObject, ...]:
    """Two that read the same."""
    return world(pipeline(), pipeline(stage(target="other"), name="other")).pipelines()


@pytest.mark.parametrize("spec", [{}, {"stages": []}])
def test_a_spec_that_cannot_be_read_is_not_measured(spec: dict[str, object]) -> None:
    (unreadable,) = world({**pipeline(), "spec": spec}).pipelines()
    readers = Readers()
    assert not readers.put(unreadable.key, unreadable)
    assert readers.queries() == {}


def test_equal_queries_are_measured_once_for_all_their_readers(both: tuple[PipelineObject, ...]) -> None:
    readers, (query,) = Readers(), queries_of(both[0])
    assert [readers.put(each.key, each) for each in both] == [True, True]
    assert readers.queries() == {query: {KEY, OTHER}}
    assert set(readers.of(query)) == {KEY, OTHER}


def test_what_reads_the_same_as_before_changes_nothing(both: tuple[PipelineObject, ...]) -> None:
    readers = Readers()
    readers.put(KEY, both[0])
    assert not readers.put(KEY, both[0])


def test_what_nobody_reads_any_more_is_forgotten(both: tuple[PipelineObject, ...]) -> None:
    readers, (query,) = Readers(), queries_of(both[0])
    for each in both:
        readers.put(each.key, each)
    assert readers.put(KEY, None)
    assert readers.queries() == {query: {OTHER}}
    assert readers.put(OTHER, None)
    assert readers.queries() == {}
    assert readers.of(query) == ()
    assert not readers.put(OTHER, None), "gone is gone"
