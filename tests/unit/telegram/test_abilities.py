"""What the Telegram adapter says can be shown, before anything is charged."""

import pytest

from adapters.telegram.abilities import FILE, PHOTO
from adapters.telegram.chat_platform import TelegramPlatform
from bot.domain.chat import Abilities
from bot.domain.errors import Forbidden
from tests.simulators.telegram import faults
from tests.simulators.telegram.api import TelegramSimulator
from tests.simulators.telegram.chats.chats import Chat, Matter, Topic
from tests.simulators.telegram.chats.people import Person, Status
from tests.simulators.telegram.room import Room
from tests.unit.telegram.platforms import conversation_in, running, said


@pytest.fixture
def forum(simulator: TelegramSimulator, ada: Person) -> Room:
    return simulator.supergroup("Painters", ada, is_forum=True)


async def abilities(
    platform: TelegramPlatform, simulator: TelegramSimulator, chat: Chat, topic: Topic | None = None
) -> Abilities:
    return await conversation_in(platform, simulator, chat, topic).abilities()


async def test_in_private_everything_can_be_shown_and_nobody_is_asked(
    simulator: TelegramSimulator, platform: TelegramPlatform, room: Room
) -> None:
    found = await abilities(platform, simulator, room)
    assert (found.may_post, found.may_attach, found.shown, found.file) == (True, True, PHOTO, FILE)
    assert simulator.calls == []


async def test_in_a_group_everything_can_be_shown_that_members_may_send(
    simulator: TelegramSimulator, platform: TelegramPlatform, group: Room
) -> None:
    found = await abilities(platform, simulator, group)
    assert (found.may_post, found.may_attach, found.shown, found.file) == (True, True, PHOTO, FILE)


@pytest.mark.parametrize(
    ("withheld", "may_post", "may_attach", "shows", "sends_files"),
    [
        ({"photos"}, True, True, False, True),
        ({"documents"}, True, True, True, False),
        ({"photos", "documents"}, True, False, False, False),
        ({"text messages"}, False, False, True, True),
    ],
)
async def test_what_members_may_not_send_cannot_be_shown(
    simulator: TelegramSimulator,
    platform: TelegramPlatform,
    group: Room,
    *,
    withheld: set[Matter],
    may_post: bool,
    may_attach: bool,
    shows: bool,
    sends_files: bool,
) -> None:
    group.withheld = withheld
    found = await abilities(platform, simulator, group)
    assert (found.may_post, found.may_attach) == (may_post, may_attach)
    assert (found.shown is not None, found.file is not None) == (shows, sends_files)


@pytest.mark.parametrize("status", ["kicked", "left", "restricted"])
async def test_where_we_are_not_or_may_not_write_nothing_can_be_shown(
    simulator: TelegramSimulator, platform: TelegramPlatform, group: Room, status: Status
) -> None:
    group.bot_status = status
    found = await abilities(platform, simulator, group)
    assert not found.may_post


async def test_administrators_may_what_members_may_not(
    simulator: TelegramSimulator, platform: TelegramPlatform, group: Room
) -> None:
    group.withheld, group.bot_status = {"photos", "documents", "text messages"}, "administrator"
    assert (await abilities(platform, simulator, group)).may_attach


async def test_what_was_found_is_believed_for_a_while(
    simulator: TelegramSimulator, platform: TelegramPlatform, group: Room
) -> None:
    for _ in range(3):
        await abilities(platform, simulator, group)
    assert len(simulator.calls_of("getChatMember")) == 1


async def test_a_refusal_has_the_rights_asked_for_anew(
    simulator: TelegramSimulator, platform: TelegramPlatform, group: Room
) -> None:
    conversation = conversation_in(platform, simulator, group)
    assert (await conversation.abilities()).may_post
    group.bot_status = "restricted"
    with pytest.raises(Forbidden):
        await conversation.post(said(), key="k")
    assert not (await conversation.abilities()).may_post


async def test_a_change_of_our_membership_is_heard_of(simulator: TelegramSimulator, group: Room, ada: Person) -> None:
    async with running(simulator) as core:
        group.say(ada, "/imagine@plantain_bot a fox")
        await core.until_heard()
        conversation = core.conversations[0]
        assert (await conversation.abilities()).may_post
        group.set_bot_status("restricted", by=ada)
        simulator.private(ada).say(ada, "over")
        await core.until_heard(2)
        await simulator.until(lambda: not simulator.updates.pending)
        assert not (await conversation.abilities()).may_post


async def test_a_telegram_that_cannot_be_asked_refuses_nobodys_wish(
    simulator: TelegramSimulator, platform: TelegramPlatform, group: Room
) -> None:
    simulator.fail("getChat", faults.BAD_GATEWAY)
    assert (await abilities(platform, simulator, group)).may_post


async def test_a_topic_that_was_closed_takes_nothing_until_it_is_opened(
    simulator: TelegramSimulator, platform: TelegramPlatform, forum: Room, ada: Person
) -> None:
    topic = forum.open_topic("Foxes", by=ada)
    forum.close_topic(topic, by=ada)
    conversation = conversation_in(platform, simulator, forum, topic)
    assert (await conversation.abilities()).may_post  # nobody can ask whether a topic is open
    with pytest.raises(Forbidden):
        await conversation.post(said(), key="k")
    assert not (await conversation.abilities()).may_post
    assert (await abilities(platform, simulator, forum)).may_post


async def test_a_topic_that_is_closed_while_we_listen_is_known_to_be(
    simulator: TelegramSimulator, forum: Room, ada: Person
) -> None:
    async with running(simulator) as core:
        topic = forum.open_topic("Foxes", by=ada)
        forum.say(ada, "/imagine@plantain_bot a fox", topic=topic)
        await core.until_heard()
        forum.close_topic(topic, by=ada)
        await simulator.until(lambda: not simulator.updates.pending)
        assert not (await core.conversations[0].abilities()).may_post


async def test_that_something_is_being_done_is_seen_in_the_topic(
    simulator: TelegramSimulator, platform: TelegramPlatform, forum: Room, ada: Person
) -> None:
    topic = forum.open_topic("Foxes", by=ada)
    await conversation_in(platform, simulator, forum, topic).show_activity()
    assert [(one.action, one.thread_id) for one in forum.actions] == [("upload_photo", topic.id)]
