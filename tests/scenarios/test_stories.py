"""Every story in this folder is played on a clock of its own, and what it promises is looked for."""

from pathlib import Path

import pytest
import yaml

from tests.scenarios.looks import broken_promises, counts_amiss, path_of
from tests.scenarios.pains import Complaint
from tests.scenarios.play import play, play_naively
from tests.scenarios.story import Story

STORIES = {
    path.stem: Story.model_validate(yaml.safe_load(path.read_text()))
    for path in sorted(Path(__file__).parent.glob("*.yaml"))
}
PAINS = {name: story for name, story in STORIES.items() if story.pain is not None}


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
def test_the_story_comes_true(story: Story) -> None:
    moments = play(story)
    broken = [sentence for expectation in story.expect for sentence in broken_promises(expectation, moments)]
    assert not broken, f"{story.story}\n" + "\n".join([*broken, "The counts were:", *path_of(moments)])


@pytest.mark.parametrize("story", PAINS.values(), ids=PAINS)
def test_it_does_not_come_true_with_those_who_have_its_pain(story: Story) -> None:
    assert story.pain is not None
    glances = play_naively(story, story.pain)
    amiss = [sentence for expectation in story.expect for sentence in counts_amiss(expectation, glances)]
    assert amiss, "\n".join([story.story, f"{story.pain.naive} did as well:", *path_of(glances)])


def test_each_pain_has_its_story() -> None:
    assert {story.pain.complaint for story in PAINS.values() if story.pain} == set(Complaint)


def test_a_story_ends_as_it_did_before() -> None:
    assert path_of(play(STORIES["restart"])) == path_of(play(STORIES["restart"]))
