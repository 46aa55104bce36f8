"""Every refusal of Discord's, and the fault that the core is told."""

from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import discord
import pytest

from adapters.discord.faults import (
    Banned,
    CannotReply,
    TokenOver,
    WordsRefused,
    fault_of,
    told,
)
from adapters.discord.translate import language_of
from bot.domain.errors import (
    LONGEST_WAIT_SECONDS,
    ClosedByMember,
    Forbidden,
    Gone,
    MaybeDelivered,
    PlatformFault,
    RateLimited,
    TooLarge,
    Unavailable,
)


def answer(status: int, code: int = 0, headers: dict[str, str] | None = None) -> discord.HTTPException:
    response = cast("Any", SimpleNamespace(status=status, reason="", headers=headers or {}))
    return discord.HTTPException(response, {"code": code, "message": "no"})


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (answer(404, 10062), TokenOver),
        (answer(404, 10015), TokenOver),
        (answer(401, 50027), TokenOver),
        (answer(401), TokenOver),
        (answer(413, 40005), TooLarge),
        (answer(413), TooLarge),
        (answer(413, 50045), TooLarge),
        (answer(400, 50045), TooLarge),
        (answer(403, 50001), Forbidden),
        (answer(403, 50013), Forbidden),
        (answer(403, 50007), ClosedByMember),
        (answer(400, 50278), Forbidden),
        (answer(404, 10008), Gone),
        (answer(404, 10003), Forbidden),
        (answer(400, 200000), WordsRefused),
        (answer(400, 240000), WordsRefused),
        (answer(400, 160002), CannotReply),
        (answer(400, 50035), Forbidden),
        (answer(429, headers={"Via": "1.1 google", "Retry-After": "3"}), RateLimited),
        (answer(429, headers={"Retry-After": "3600"}), Banned),
        (discord.RateLimited(77.0), RateLimited),
        (answer(503), Unavailable),
        (aiohttp.ServerDisconnectedError(), Unavailable),
        (TimeoutError(), Unavailable),
        (ConnectionResetError(), Unavailable),
    ],
)
def test_each_refusal_is_a_fault_of_the_cores(error: Exception, fault: type[PlatformFault]) -> None:
    assert type(fault_of(error, is_repeatable=True, is_by_token=True)) is fault


def test_a_picture_that_is_not_kept_is_no_fault_of_the_platform() -> None:
    with pytest.raises(FileNotFoundError), told():
        raise FileNotFoundError


def test_where_the_bots_own_token_is_not_taken_it_is_tried_again_until_the_run_ends() -> None:
    assert type(fault_of(answer(401), is_repeatable=True)) is Unavailable


@pytest.mark.parametrize("error", [answer(503), aiohttp.ServerDisconnectedError(), TimeoutError()])
def test_what_would_be_there_twice_may_have_arrived(error: Exception) -> None:
    assert type(fault_of(error, is_repeatable=False)) is MaybeDelivered


def test_without_a_connection_nothing_arrived() -> None:
    key = cast("Any", SimpleNamespace(ssl=True, host="a", port=1))
    error = aiohttp.ClientConnectorError(key, OSError(111, "refused"))
    assert type(fault_of(error, is_repeatable=False)) is Unavailable


def test_how_long_to_wait_is_passed_on() -> None:
    limited = [fault_of(error, is_repeatable=True) for error in (discord.RateLimited(77.0), answer(429))]
    assert [isinstance(each, RateLimited) and each.retry_after_seconds for each in limited] == [77.0, 600.0]


def test_a_session_that_is_closed_is_worth_another_try_and_a_mistake_of_ours_stays_one() -> None:
    with pytest.raises(Unavailable), told():
        raise RuntimeError("Session is closed")
    with pytest.raises(RuntimeError, match="ours"), told():
        raise RuntimeError("a mistake of ours")


@pytest.mark.parametrize("written", ["²", "٣", "9" * 400, "1e9", "nan", "-1", "", "1.2.3"])
def test_a_wait_that_is_no_number_is_not_believed(written: str) -> None:
    fault = fault_of(answer(429, 0, {"Retry-After": written}), is_repeatable=True)
    assert isinstance(fault, RateLimited)
    assert fault.retry_after_seconds == 600


def test_nobody_waits_for_longer_than_a_day() -> None:
    fault = fault_of(answer(429, 0, {"Retry-After": "999999999", "Via": "1.1 google"}), is_repeatable=True)
    assert isinstance(fault, RateLimited)
    assert fault.retry_after_seconds == LONGEST_WAIT_SECONDS


@pytest.mark.parametrize(("locale", "language"), [("zh-CN", "zh-CN"), ("tlh", "tlh"), ("", ""), (None, "")])
def test_a_language_that_discord_does_not_name_stops_nobody(locale: str | None, language: str) -> None:
    interaction = cast("Any", SimpleNamespace(locale=discord.enums.try_enum(discord.Locale, locale)))
    assert language_of(interaction) == language
