"""What can go wrong on the way to the simulated Telegram, as the unmodified library tells of it."""

import asyncio
from datetime import timedelta

import httpx
import pytest
from telegram import Bot
from telegram.error import (
    BadRequest,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.request import HTTPXRequest

from tests.simulators.telegram import faults
from tests.simulators.telegram.api import TelegramSimulator
from tests.simulators.telegram.faults import Fault
from tests.simulators.telegram.room import Room
from tests.unit.telegram.drawn import drawn

SOON = 0.3
MEGABYTES = 1024 * 1024


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        (faults.BLOCKED, Forbidden, "bot was blocked by the user"),
        (faults.KICKED, Forbidden, "bot was kicked from the supergroup chat"),
        (faults.DEACTIVATED, Forbidden, "user is deactivated"),
        (faults.WRITE_FORBIDDEN, BadRequest, "Chat_write_forbidden"),
        (faults.NO_PHOTOS, BadRequest, "Not enough rights to send photos to the chat"),
        (faults.ENTITY_TOO_LARGE, NetworkError, "Request Entity Too Large"),
        (faults.UNAUTHORIZED, InvalidToken, "Unauthorized"),
        (faults.CONFLICT, Conflict, "terminated by other getUpdates request"),
        (faults.BAD_GATEWAY, NetworkError, "Bad Gateway"),
    ],
)
async def test_a_refusal_is_the_error_that_the_library_has_for_it(
    simulator: TelegramSimulator, bot: Bot, room: Room, fault: Fault, error: type[TelegramError], words: str
) -> None:
    simulator.fail("sendMessage", fault)
    with pytest.raises(error, match=words) as caught:
        await bot.send_message(room.id, "x")
    assert type(caught.value) is error
    assert room.standing == []


async def test_too_many_requests_say_when_to_come_again(simulator: TelegramSimulator, bot: Bot, room: Room) -> None:
    simulator.fail("sendMessage", faults.too_many(17))
    with pytest.raises(RetryAfter) as caught:
        await bot.send_message(room.id, "x")
    assert caught.value.retry_after == timedelta(seconds=17)
    assert simulator.calls[-1].status == 429


async def test_a_fault_befalls_so_many_requests_of_its_method_and_chat(
    simulator: TelegramSimulator, bot: Bot, room: Room
) -> None:
    other = simulator.private(simulator.person("Bob"))
    simulator.fail("sendMessage", faults.BLOCKED, times=2, chat=room)
    await bot.send_message(other.id, "x")
    await bot.send_chat_action(room.id, "typing")
    for _ in range(2):
        with pytest.raises(Forbidden):
            await bot.send_message(room.id, "x")
    await bot.send_message(room.id, "x")


async def test_a_fault_without_a_number_lasts_until_it_is_mended(
    simulator: TelegramSimulator, bot: Bot, room: Room
) -> None:
    simulator.fail("*", faults.BAD_GATEWAY, times=None)
    for _ in range(3):
        with pytest.raises(NetworkError):
            await bot.get_me()
    simulator.mend("*")
    assert await bot.get_me() == bot.bot


# Sent or not sent


@pytest.mark.parametrize("fault", [faults.CUT_UNREAD, faults.CUT_BEFORE])
async def test_a_line_that_is_cut_before_leaves_nothing_in_the_chat(
    simulator: TelegramSimulator, bot: Bot, room: Room, fault: Fault
) -> None:
    simulator.fail("sendMessage", fault)
    with pytest.raises(NetworkError) as caught:
        await bot.send_message(room.id, "x")
    assert isinstance(caught.value.__cause__, httpx.RemoteProtocolError)
    assert room.standing == []


async def test_a_line_that_is_cut_after_leaves_the_message_there(
    simulator: TelegramSimulator, bot: Bot, room: Room
) -> None:
    simulator.fail("sendPhoto", faults.CUT_AFTER)
    with pytest.raises(NetworkError) as caught:
        await bot.send_photo(room.id, drawn(), filename="fox.png")
    assert isinstance(caught.value.__cause__, httpx.RemoteProtocolError)
    assert room.last.photo is not None
    assert (simulator.calls[-1].status, simulator.calls[-1].result) == (None, room.last.body)


@pytest.mark.parametrize(
    ("fault", "is_there"),
    [(faults.HANG_UNREAD, False), (faults.HANG_BEFORE, False), (faults.HANG_AFTER, True)],
)
async def test_a_line_that_hangs_times_out(
    simulator: TelegramSimulator, bot: Bot, room: Room, *, fault: Fault, is_there: bool
) -> None:
    simulator.fail("sendMessage", fault)
    with pytest.raises(TimedOut) as caught:
        await bot.send_message(room.id, "x", read_timeout=SOON)
    assert isinstance(caught.value.__cause__, httpx.ReadTimeout)
    assert bool(room.standing) is is_there


async def test_a_large_upload_that_nobody_reads_times_out_while_it_is_written(
    simulator: TelegramSimulator, bot: Bot, room: Room
) -> None:
    simulator.fail("sendDocument", faults.HANG_UNREAD)
    with pytest.raises(TimedOut) as caught:
        await bot.send_document(room.id, bytes(30 * MEGABYTES), filename="fox.bin", write_timeout=SOON)
    assert isinstance(caught.value.__cause__, httpx.WriteTimeout)
    assert room.standing == []


async def test_a_proxy_may_fail_after_the_message_was_sent(simulator: TelegramSimulator, bot: Bot, room: Room) -> None:
    simulator.fail("sendMessage", faults.BAD_GATEWAY_AFTER)
    with pytest.raises(NetworkError, match="Bad Gateway"):
        await bot.send_message(room.id, "x")
    assert room.last.text == "x"


async def test_where_nobody_listens_nothing_was_sent(simulator: TelegramSimulator, bot: Bot, room: Room) -> None:
    await bot.send_message(room.id, "before")
    async with simulator.unreachable():
        with pytest.raises(NetworkError) as caught:
            await bot.send_message(room.id, "meanwhile")
    assert isinstance(caught.value.__cause__, httpx.ConnectError)
    await bot.send_message(room.id, "after")
    assert [message.text for message in room.standing] == ["before", "after"]


async def test_no_connection_to_be_had_means_that_nothing_was_sent(
    simulator: TelegramSimulator, bot: Bot, room: Room
) -> None:
    async with Bot(simulator.token, base_url=simulator.base_url, request=_one_connection()) as narrow:
        simulator.fail("sendMessage", faults.HANG_BEFORE)
        hanging = asyncio.create_task(narrow.send_message(room.id, "x"))
        await simulator.until(lambda: simulator.calls_of("sendMessage"))
        with pytest.raises(TimedOut) as caught:
            await narrow.send_chat_action(room.id, "typing", pool_timeout=SOON)
        assert isinstance(caught.value.__cause__, httpx.PoolTimeout)
        assert room.actions == []
        hanging.cancel()
        await asyncio.wait([hanging])


def _one_connection() -> HTTPXRequest:
    return HTTPXRequest(connection_pool_size=1)


@pytest.mark.parametrize("fault", [faults.CUT_BEFORE, faults.CUT_AFTER], ids=["before it begins", "half way"])
async def test_a_download_may_break_off(simulator: TelegramSimulator, bot: Bot, room: Room, fault: Fault) -> None:
    sent = await bot.send_document(room.id, b"fox", filename="fox.txt")
    assert sent.document is not None
    file = await sent.document.get_file()
    simulator.fail("file", fault)
    with pytest.raises(NetworkError) as caught:
        await file.download_as_bytearray()
    assert isinstance(caught.value.__cause__, httpx.RemoteProtocolError)
    assert await file.download_as_bytearray() == b"fox"


async def test_leaving_does_not_wait_for_what_hangs() -> None:
    async with TelegramSimulator() as simulator, httpx.AsyncClient() as client:
        simulator.fail("getMe", faults.HANG_BEFORE)
        hanging = asyncio.create_task(client.get(f"{simulator.base_url}{simulator.token}/getMe", timeout=60))
        await simulator.until(lambda: simulator.calls_of("getMe"))
        await simulator.__aexit__(None, None, None)
        with pytest.raises(httpx.RemoteProtocolError):
            await hanging
