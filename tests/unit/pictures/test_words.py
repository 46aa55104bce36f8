"""What the demo painter reads out of a prompt."""

import pytest

from bot.demo.drawing.meanings import Backdrop, Colour, Effect, Hour, Subject, Weather
from bot.demo.drawing.vocabulary import MOST_STRANGERS, MOST_SUBJECTS, read_wishes


@pytest.mark.parametrize(
    "prompt", ["a red fox in snow", "A RED FOX, in Snow!", "一只红色的狐狸在雪地里", "red foxes; snow"]
)
def test_a_colour_before_a_subject_is_the_subjects(prompt: str) -> None:
    wishes = read_wishes(prompt)
    assert wishes.subjects == ((Subject.FOX, Colour.RED),)
    assert wishes.weather == {Weather.SNOW}
    assert wishes.tint is None


def test_a_colour_by_no_subject_is_the_pictures() -> None:
    wishes = read_wishes("blue mountains at sunset with a golden balloon")
    assert wishes.tint is Colour.BLUE
    assert wishes.places == (Backdrop.MOUNTAINS,)
    assert wishes.hour is Hour.SUNSET
    assert wishes.subjects == ((Subject.BALLOON, Colour.GOLD),)


def test_words_that_belong_together_are_read_together() -> None:
    wishes = read_wishes("black and white photo of a lighthouse")
    assert wishes.effects == (Effect.GREY,)
    assert wishes.subjects == ((Subject.LIGHTHOUSE, None),)
    assert wishes.tint is None


def test_unknown_words_are_strangers_and_small_words_are_nothing() -> None:
    assert read_wishes("the portrait of my grandmother").strangers == ("portrait", "grandmother")


def test_nothing_is_wished_by_nothing() -> None:
    wishes = read_wishes("  \n ?! 123 ")
    assert (wishes.places, wishes.hour, wishes.subjects, wishes.effects, wishes.strangers) == ((), None, (), (), ())


def test_a_very_long_prompt_is_read_in_part() -> None:
    wishes = read_wishes(
        "fox cat dog panda robot " + " ".join(f"word{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(400)) * 50
    )
    assert len(wishes.subjects) == MOST_SUBJECTS
    assert len(wishes.strangers) == MOST_STRANGERS
