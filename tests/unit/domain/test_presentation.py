"""How pictures go out: for any picture and chat, what is sent is what the chat takes, and the original is reached."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.chat import ENDINGS, Abilities, PictureLimits, StoredPicture
from bot.domain.presentation import FALLBACK_LEVELS, Encoding, Original, Originals, fits, plan

MB = 1_000_000
TELEGRAM_LIKE = Abilities(
    shown=PictureLimits(
        most_bytes=10 * MB,
        mimes=frozenset({"image/jpeg", "image/png"}),
        most_sides=10_000,
        most_ratio=20,
        kept_side=2560,
    ),
    file=PictureLimits(most_bytes=50 * MB),
)
DISCORD_LIKE = Abilities(
    shown=PictureLimits(most_bytes=10 * MB, mimes=frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})),
    file=PictureLimits(most_bytes=10 * MB),
    most_bytes_together=25 * MB,
)


def picture(width: int, height: int, size_bytes: int, mime: str = "image/png") -> StoredPicture:
    return StoredPicture(sha256="ab" * 32, mime=mime, width=width, height=height, size_bytes=size_bytes)


PICTURES = st.builds(
    picture,
    st.integers(1, 20_000),
    st.integers(1, 20_000),
    st.integers(1, 64 * MB),
    st.sampled_from(sorted(ENDINGS)),
)
LIMITS = st.builds(
    PictureLimits,
    most_bytes=st.integers(10_000, 100 * MB),
    mimes=st.none() | st.frozensets(st.sampled_from(sorted(ENDINGS)), min_size=1),
    most_side=st.none() | st.integers(500, 20_000),
    most_sides=st.none() | st.integers(1_000, 20_000),
    most_ratio=st.none() | st.floats(2, 40),
    kept_side=st.none() | st.integers(500, 5_000),
)
ABILITIES = st.builds(
    Abilities,
    may_attach=st.booleans(),
    shown=st.none() | LIMITS,
    file=st.none() | LIMITS,
    most_bytes_together=st.none() | st.integers(100_000, 100 * MB),
)
ORIGINALS = st.sampled_from(Originals)


def could_be_made(encoding: Encoding) -> list[StoredPicture]:
    """Return the largest result of an encoding, in each kind that it may have."""
    kinds = [encoding.mime, *([encoding.transparent_mime] if encoding.transparent_mime else [])]
    return [picture(encoding.width, encoding.height, encoding.most_bytes, kind) for kind in kinds]


@given(
    st.lists(PICTURES, min_size=1, max_size=10),
    ABILITIES,
    st.booleans(),
    st.integers(0, FALLBACK_LEVELS - 1),
    ORIGINALS,
)
def test_what_goes_out_is_what_the_chat_takes(
    pictures: list[StoredPicture],
    abilities: Abilities,
    has_links: bool,  # noqa: FBT001 - drawn
    fallback_level: int,
    originals: Originals,
) -> None:
    together = 0
    plans = plan(pictures, abilities, has_links=has_links, fallback_level=fallback_level, originals=originals)
    for one, planned in zip(pictures, plans, strict=True):
        if planned.shown is not None:
            made = could_be_made(planned.shown) if isinstance(planned.shown, Encoding) else [planned.shown]
            assert abilities.shown is not None
            assert all(fits(each, abilities.shown) for each in made)
            together += made[0].size_bytes
        if planned.original is Original.FILE:
            assert abilities.file is not None
            assert fits(one, abilities.file)
            together += one.size_bytes
        if planned.original is Original.BUTTON:
            assert originals is Originals.BUTTON
            assert abilities.file is not None
            assert fits(one, abilities.file)
            assert abilities.most_bytes_together is None or one.size_bytes <= abilities.most_bytes_together
        assert abilities.may_attach or planned.shown is None
        assert (planned.original is Original.SHOWN) is (planned.shown is one)
    assert abilities.most_bytes_together is None or together <= abilities.most_bytes_together


@given(PICTURES, ABILITIES, st.booleans(), ORIGINALS)
def test_the_original_is_reached_whenever_it_fits_or_links_can_be_given(
    one: StoredPicture,
    abilities: Abilities,
    has_links: bool,  # noqa: FBT001 - drawn
    originals: Originals,
) -> None:
    abilities = replace(abilities, may_attach=True, most_bytes_together=None)
    [planned] = plan([one], abilities, has_links=has_links, originals=originals)
    if has_links or (abilities.file is not None and fits(one, abilities.file)):
        assert planned.original is not Original.KEPT
    if not has_links:
        assert planned.original is not Original.LINK


@given(st.lists(PICTURES, min_size=1, max_size=4), ABILITIES, ORIGINALS)
def test_each_rung_sends_less_than_the_one_before(
    pictures: list[StoredPicture], abilities: Abilities, originals: Originals
) -> None:
    def most(fallback_level: int) -> int:
        total = 0
        plans = plan(pictures, abilities, has_links=False, fallback_level=fallback_level, originals=originals)
        for one, planned in zip(pictures, plans, strict=True):
            if isinstance(planned.shown, Encoding):
                total += planned.shown.most_bytes
            total += one.size_bytes if planned.original in {Original.SHOWN, Original.FILE} else 0
        return total

    sizes = [most(fallback_level) for fallback_level in range(FALLBACK_LEVELS)]
    assert all(later < earlier or earlier == 0 for earlier, later in pairwise(sizes))


@given(PICTURES, LIMITS)
def test_a_copy_keeps_the_shape_of_its_picture(one: StoredPicture, limits: PictureLimits) -> None:
    [planned] = plan([one], Abilities(shown=limits, file=None), has_links=False)
    if isinstance(planned.shown, Encoding):
        copy = planned.shown
        assert copy.width <= one.width
        assert copy.height <= one.height
        longer, shorter = (copy.width, copy.height) if one.width >= one.height else (copy.height, copy.width)
        expected = longer * min(one.width, one.height) / max(one.width, one.height)
        assert abs(shorter - expected) < 1.5


@pytest.mark.parametrize(
    ("one", "abilities", "shown", "original"),
    [
        (picture(1024, 1024, 2 * MB), TELEGRAM_LIKE, None, Original.SHOWN),
        (picture(5504, 3072, 35 * MB), TELEGRAM_LIKE, ("image/jpeg", 2560, 1428), Original.BUTTON),
        (picture(12_288, 1_536, 30 * MB), TELEGRAM_LIKE, ("image/jpeg", 2560, 320), Original.BUTTON),
        (picture(5504, 3072, 60 * MB), TELEGRAM_LIKE, ("image/jpeg", 2560, 1428), Original.KEPT),
        (picture(5504, 3072, 35 * MB), DISCORD_LIKE, ("image/jpeg", 5504, 3072), Original.KEPT),
        (picture(2048, 2048, 9 * MB), DISCORD_LIKE, None, Original.SHOWN),
        (picture(800, 600, 1 * MB, "image/heic"), DISCORD_LIKE, ("image/jpeg", 800, 600), Original.BUTTON),
    ],
)
def test_the_plans_of_pictures_as_they_are_made(
    one: StoredPicture, abilities: Abilities, shown: tuple[str, int, int] | None, original: Original
) -> None:
    [planned] = plan([one], abilities, has_links=False)
    copy = planned.shown
    told = (copy.mime, copy.width, copy.height) if isinstance(copy, Encoding) else None
    assert (told, planned.original) == (shown, original)
    [along] = plan([one], abilities, has_links=False, originals=Originals.ALONG)
    assert (along.shown, along.original) == (copy, Original.FILE if original is Original.BUTTON else original)


def test_a_shape_that_is_not_taken_goes_as_a_file_alone() -> None:
    [planned] = plan([picture(9_000, 100, MB)], TELEGRAM_LIKE, has_links=False)
    assert (planned.shown, planned.original) == (None, Original.FILE)


def test_several_pictures_share_what_a_message_carries() -> None:
    four = [picture(2048, 2048, 9 * MB)] * 4
    plans = plan(four, DISCORD_LIKE, has_links=True)
    assert [one.shown.most_bytes for one in plans if isinstance(one.shown, Encoding)] == [25 * MB // 4] * 4
    assert {one.original for one in plans} == {Original.BUTTON}  # each comes in a message of its own
    along = plan(four, DISCORD_LIKE, has_links=True, originals=Originals.ALONG)
    assert {one.original for one in along} == {Original.LINK}


def test_no_button_is_offered_for_an_original_that_no_message_carries() -> None:
    generous = replace(DISCORD_LIKE, file=PictureLimits(most_bytes=100 * MB))
    assert [each.original for each in plan([picture(5504, 3072, 35 * MB)], generous, has_links=False)] == [
        Original.KEPT
    ]
    assert [each.original for each in plan([picture(5504, 3072, 35 * MB)], generous, has_links=True)] == [Original.LINK]


def test_a_chat_that_opens_originals_by_itself_has_no_button_for_them() -> None:
    [planned] = plan([picture(5504, 3072, 35 * MB)], replace(TELEGRAM_LIKE, opens_originals=True), has_links=False)
    assert planned.original is Original.FILE
