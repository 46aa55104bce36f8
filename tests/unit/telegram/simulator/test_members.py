"""What a bot is shown of a group in the simulated Telegram, and how it and members come and go."""

from collections.abc import Callable

import pytest
from telegram import Bot, ChatMemberAdministrator, ChatMemberOwner
from telegram.error import BadRequest, ChatMigrated, Forbidden

from tests.simulators.telegram.api import TelegramSimulator
from tests.simulators.telegram.chats.people import Person
from tests.simulators.telegram.room import Room
from tests.unit.telegram.drawn import drawn
from tests.unit.telegram.hearing import heard

COMMAND = "/imagine@plantain_bot a fox"


@pytest.fixture
def ada(simulator: TelegramSimulator) -> Person:
    return simulator.person("Ada", username="ada_l", language_code="de")


# Privacy mode


@pytest.mark.parametrize(
    ("act", "is_heard"),
    [
        (lambda group, ada, _: group.say(ada, "hello"), False),
        (lambda group, ada, _: group.say(ada, "hello @plantain_bot"), False),
        (lambda group, ada, _: group.say(ada, COMMAND), True),
        (lambda group, ada, _: group.say(ada, "/imagine@Plantain_BOT a fox"), True),
        (lambda group, ada, _: group.say(ada, "/imagine@other_bot a fox"), False),
        (lambda group, ada, _: group.send_photo(ada, drawn(8, 8), COMMAND), True),
        (lambda group, ada, _: group.send_photo(ada, drawn(8, 8)), False),
        (lambda group, ada, _: group.say(ada, "/imagine a fox"), True),
        (lambda group, ada, other: (group.say(other, "I am a bot"), group.say(ada, "/imagine a fox")), False),
        (lambda group, ada, _: group.say(ada, "at night", reply_to=group.last), True),
        (lambda group, ada, _: group.say(ada, "at night", reply_to=group.say(ada, "a fox")), False),
    ],
)
async def test_in_privacy_mode_a_bot_hears_what_is_meant_for_it(
    simulator: TelegramSimulator,
    bot: Bot,
    ada: Person,
    group: Room,
    *,
    act: Callable[[Room, Person, Person], object],
    is_heard: bool,
) -> None:
    await bot.send_message(group.id, "I paint")
    act(group, ada, simulator.person("Other", username="other_bot", is_bot=True))
    assert bool(await heard(bot)) is is_heard


async def test_a_bare_command_is_not_heard_before_the_bot_has_spoken(bot: Bot, ada: Person, group: Room) -> None:
    group.say(ada, "/imagine a fox")
    assert await heard(bot) == []


async def test_of_an_album_privacy_mode_shows_only_the_member_with_the_command(
    bot: Bot, ada: Person, group: Room
) -> None:
    album = group.send_album(ada, [drawn(8, 8), drawn(8, 8)], COMMAND)
    assert [message.message_id for message in await heard(bot)] == [album.messages[0].id]


async def test_an_administrator_hears_everything(bot: Bot, ada: Person, group: Room) -> None:
    group.set_bot_status("administrator", by=ada)
    group.say(ada, "hello")
    assert [message.text for message in await heard(bot)] == ["hello"]


async def test_without_privacy_mode_a_bot_hears_everything() -> None:
    async with (
        TelegramSimulator(reads_everything=True) as simulator,
        Bot(simulator.token, base_url=simulator.base_url) as bot,
    ):
        ada = simulator.person("Ada")
        simulator.supergroup("Painters", ada).say(ada, "hello")
        assert [message.text for message in await heard(bot)] == ["hello"]
        assert (await bot.get_me()).can_read_all_group_messages


# Coming and going


async def test_who_blocks_the_bot_is_told_of_and_not_written_to(
    simulator: TelegramSimulator, bot: Bot, ada: Person
) -> None:
    room = simulator.private(ada)
    room.block()
    (update,) = await bot.get_updates()
    assert update.my_chat_member
    assert (update.my_chat_member.old_chat_member.status, update.my_chat_member.new_chat_member.status) == (
        "member",
        "kicked",
    )
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.send_message(room.id, "x")


async def test_a_bot_that_was_removed_hears_and_says_nothing(bot: Bot, ada: Person, group: Room) -> None:
    group.set_bot_status("kicked", by=ada)
    group.say(ada, COMMAND)
    assert await heard(bot) == []
    with pytest.raises(Forbidden, match="bot was kicked from the supergroup chat"):
        await bot.send_message(group.id, "x")


async def test_a_bot_that_leaves_is_no_member_any_more(bot: Bot, group: Room) -> None:
    await bot.leave_chat(group.id)
    with pytest.raises(Forbidden, match="bot is not a member of the supergroup chat"):
        await bot.send_message(group.id, "x")


async def test_a_group_that_becomes_a_supergroup_says_where_it_is(
    simulator: TelegramSimulator, bot: Bot, ada: Person
) -> None:
    group = simulator.group("Painters", ada)
    moved = group.migrate(by=ada)
    old, new = await heard(bot)
    assert (old.chat.id, old.migrate_to_chat_id) == (group.id, moved.id)
    assert (new.chat.id, new.migrate_from_chat_id) == (moved.id, group.id)
    with pytest.raises(ChatMigrated) as caught:
        await bot.send_message(group.id, "x")
    assert caught.value.new_chat_id == moved.id
    assert (await bot.send_message(moved.id, "x")).chat.title == "Painters"


async def test_the_owner_and_anonymous_administrators_are_told_apart(
    simulator: TelegramSimulator, bot: Bot, ada: Person, group: Room
) -> None:
    bob = simulator.person("Bob")
    group.add(ada, "creator")
    group.add(bob, "administrator", is_anonymous=True)
    owner, admin = await bot.get_chat_administrators(group.id)
    assert isinstance(owner, ChatMemberOwner)
    assert isinstance(admin, ChatMemberAdministrator)
    assert (owner.user.id, owner.is_anonymous, admin.user.id, admin.is_anonymous) == (ada.id, False, bob.id, True)
    assert (await bot.get_chat_member(group.id, bob.id)).status == "administrator"
    assert (await bot.get_chat_member(group.id, simulator.person("Eve").id)).status == "left"
    assert await bot.get_chat_member_count(group.id) == 3


async def test_a_chat_says_what_members_may_send(bot: Bot, group: Room) -> None:
    group.withheld.add("photos")
    info = await bot.get_chat(group.id)
    assert info.permissions
    assert (info.title, info.permissions.can_send_photos, info.permissions.can_send_messages) == (
        "Painters",
        False,
        True,
    )
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.get_chat(-5)
