"""Answers wait for their chat, and nothing waits for them."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from bot.application.intake.answers import LONGEST_WAIT_SECONDS, MOST_IN_ALL, MOST_IN_CHAT, Answers
from bot.domain.errors import Forbidden, PlatformFault, RateLimited
from bot.ports import Post
from tests.fakes.clock import FakeClock

STEPS = 1000


class Chat:
    """A chat that takes what is posted as soon as the test lets it."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.tried: list[str] = []
        self.is_open = asyncio.Event()
        self.faults: dict[str, PlatformFault | RuntimeError] = {}

    def takes(self, words: str) -> Post:
        async def post() -> None:
            self.tried.append(words)
            await self.is_open.wait()
            if fault := self.faults.pop(words, None):
                raise fault
            self.taken.append(words)

        return post


@pytest.fixture
async def answers() -> AsyncIterator[Answers]:
    answers = Answers(FakeClock())
    yield answers
    await answers.finish(seconds=0)
    assert answers.count == 0


async def steps(answers: Answers, *, until: int) -> None:
    for _ in range(STEPS):
        if answers.count == until:
            return
        await asyncio.sleep(0)
    raise AssertionError(f"{answers.count} are left")


def put_all(answers: Answers, chat: Chat, words: list[str], *, asker: str = "ada", name: str = "group") -> None:
    for each in words:
        answers.put(name, asker, chat.takes(each))


async def test_a_chat_has_its_answers_in_order_one_at_a_time(answers: Answers) -> None:
    chat = Chat()
    put_all(answers, chat, ["one", "two", "three"])
    await asyncio.sleep(0)
    assert chat.tried == ["one"]
    chat.is_open.set()
    await steps(answers, until=0)
    assert chat.taken == ["one", "two", "three"]


async def test_a_chat_that_takes_nothing_holds_back_no_other(answers: Answers) -> None:
    slow, quick = Chat(), Chat()
    quick.is_open.set()
    put_all(answers, slow, ["one", "two"])
    put_all(answers, quick, ["three"], name="other")
    await steps(answers, until=2)
    assert quick.taken == ["three"]


async def test_the_oldest_that_wait_are_dropped_and_what_is_being_posted_is_not(answers: Answers) -> None:
    chat = Chat()
    words = [str(number) for number in range(40)]
    with capture_logs() as logs:
        put_all(answers, chat, words)
        assert answers.count == MOST_IN_CHAT + 1
        chat.is_open.set()
        await steps(answers, until=0)
    assert chat.taken == ["0", *words[-MOST_IN_CHAT:]]
    assert [log["event"] for log in logs] == ["answers-dropped", "answers-dropped-in-all"]
    assert logs[-1]["count"] == 40 - 1 - MOST_IN_CHAT


async def test_one_who_asks_without_end_drops_no_answer_to_others(answers: Answers) -> None:
    chat = Chat()
    put_all(answers, chat, ["before"])
    put_all(answers, chat, ["for bob", "for bob too"], asker="bob")
    put_all(answers, chat, [f"troll {number}" for number in range(40)], asker="troll")
    chat.is_open.set()
    await steps(answers, until=0)
    assert chat.taken[:3] == ["before", "for bob", "for bob too"]
    assert chat.taken[3:] == [f"troll {number}" for number in range(40 - MOST_IN_CHAT + 2, 40)]


async def test_of_all_chats_together_so_many_wait_and_the_oldest_behind_another_goes_first(answers: Answers) -> None:
    chat = Chat()
    put_all(answers, chat, ["first", "second", "third"], name="group")
    for number in range(MOST_IN_ALL - 3):
        put_all(answers, chat, [f"private {number}"], name=f"private-{number}")
    assert answers.count == MOST_IN_ALL
    for number in range(100_000):
        put_all(answers, chat, ["one more"], name=f"more-{number}")
    assert answers.count == MOST_IN_ALL
    chat.is_open.set()
    await steps(answers, until=0)
    assert "second" not in chat.taken
    assert "third" not in chat.taken
    assert {"first", *(f"private {number}" for number in range(MOST_IN_ALL - 3))} <= set(chat.taken)
    assert chat.taken.count("one more") == 2


async def test_what_is_posted_after_waiting_for_the_answers_stands_below_them(answers: Answers) -> None:
    chat = Chat()
    put_all(answers, chat, ["one", "two"])
    waiting = asyncio.create_task(answers.until_posted("group", seconds=10))
    await asyncio.sleep(0)
    put_all(answers, chat, ["later"])
    assert not waiting.done()
    await answers.until_posted("a chat without answers", seconds=10)
    chat.is_open.set()
    await waiting
    assert chat.taken[:2] == ["one", "two"]


async def test_who_waits_for_answers_that_are_dropped_does_not_wait_for_ever(answers: Answers) -> None:
    chat = Chat()
    put_all(answers, chat, ["one", "two"])
    waiting = asyncio.create_task(answers.until_posted("group", seconds=10))
    await asyncio.sleep(0)
    put_all(answers, chat, [f"later {number}" for number in range(MOST_IN_CHAT)])
    chat.is_open.set()
    await waiting
    assert "two" not in chat.taken


async def test_who_waits_for_answers_waits_no_longer_than_told(answers: Answers) -> None:
    put_all(answers, Chat(), ["never"])
    await answers.until_posted("group", seconds=0.01)
    assert answers.count == 1


async def test_a_platform_that_asks_to_wait_is_waited_for(answers: Answers) -> None:
    chat = Chat()
    chat.is_open.set()
    chat.faults = {"soon": RateLimited(5), "much later": RateLimited(LONGEST_WAIT_SECONDS + 1)}
    put_all(answers, chat, ["soon", "much later", "after it"])
    for _ in range(STEPS):
        if not answers.count:
            break
        await asyncio.sleep(0.001)
    assert chat.taken == ["soon", "after it"]


@pytest.mark.parametrize("fault", [Forbidden(), RuntimeError("a defect")])
async def test_one_that_fails_is_told_in_the_log_and_holds_up_nothing(
    answers: Answers, fault: PlatformFault | RuntimeError
) -> None:
    chat = Chat()
    chat.is_open.set()
    chat.faults = {"one": fault}
    with capture_logs() as logs:
        put_all(answers, chat, ["one", "two"])
        await steps(answers, until=0)
    assert chat.taken == ["two"]
    assert len(logs) == 1


async def test_a_stop_waits_for_what_can_be_posted_and_gives_up_the_rest(answers: Answers) -> None:
    slow, quick = Chat(), Chat()
    quick.is_open.set()
    put_all(answers, slow, ["one", "two"])
    put_all(answers, quick, ["three", "four"], name="other")
    await answers.finish(seconds=0.2)
    assert quick.taken == ["three", "four"]
    assert slow.taken == []
    assert answers.count == 0
