"""How an outcome comes into a chat of Telegram: as new messages, in parts that never leave twice."""

import pytest

from adapters.telegram.chat_platform import TelegramPlatform
from adapters.telegram.conversation import TelegramConversation
from bot.domain.chat import MessageRef, Quoted
from bot.domain.errors import Forbidden, MaybeDelivered
from tests.fakes.parts import MemoryParts
from tests.fakes.pictures import MemoryPictures
from tests.simulators.telegram import faults
from tests.simulators.telegram.api import TelegramSimulator
from tests.simulators.telegram.chats.people import Person
from tests.simulators.telegram.refusals import bad_request
from tests.simulators.telegram.room import Room
from tests.unit.telegram.drawn import drawn, size_of
from tests.unit.telegram.platforms import conversation_in, kept, outgoing, said
from tests.unit.telegram.told import AGAIN, PAINTING, member, ref_of

COLOURS = ("red", "green", "blue")


@pytest.fixture
def rows() -> MemoryParts:
    return MemoryParts()


def message_number(ref: MessageRef) -> int:
    return int(ref.rpartition(":")[2])


async def test_a_picture_comes_as_a_new_message_that_rings_in_answer_to_its_request(
    simulator: TelegramSimulator,
    conversation: TelegramConversation,
    room: Room,
    ada: Person,
    pictures: MemoryPictures,
    rows: MemoryParts,
) -> None:
    original, shown = await kept(pictures, drawn(1200, 800)), await kept(pictures, drawn(600, 400, kind="JPEG"))
    asked = room.say(ada, "a fox")
    status = await conversation.post(said(progress=PAINTING), key="k")
    result = said(
        Quoted("a fox"),
        pictures=[outgoing(original, shown, as_file=True)],
        actions=[AGAIN],
        in_reply_to=ref_of(simulator, asked),
    )
    posted = await conversation.deliver(result, key="k", parts=rows, status=status.ref)
    _, told, photo, file = room.standing
    assert size_of(photo.photo) == ("JPEG", 600, 400)
    assert (photo.text, photo.buttons, photo.reply_to, photo.is_silent) == ("a fox", ["Again"], asked.id, False)
    assert (file.document, file.document_name) == (pictures.kept[original.sha256], "plantain-1-1.png")
    assert (file.reply_to, file.is_silent) == (photo.id, True)
    assert posted.ref == ref_of(simulator, photo)
    assert [(message_number(ref), number) for ref, number in posted.pictures] == [(photo.id, 1), (file.id, 1)]
    assert list(rows.taken) == ["photo-1", "file-1"]
    assert told.earlier == []


async def test_several_pictures_are_an_album_and_then_the_words_that_ring(
    simulator: TelegramSimulator,
    conversation: TelegramConversation,
    room: Room,
    ada: Person,
    pictures: MemoryPictures,
    rows: MemoryParts,
) -> None:
    asked = room.say(ada, "foxes")
    three = [await kept(pictures, drawn(64, 48, colour=colour)) for colour in COLOURS]
    outgoings = [outgoing(one, one, number=number) for number, one in enumerate(three, start=1)]
    result = said(Quoted("foxes"), pictures=outgoings, actions=[AGAIN], in_reply_to=ref_of(simulator, asked))
    posted = await conversation.deliver(result, key="k", parts=rows)
    _, *album, words = room.standing
    assert (words.text, words.buttons, words.reply_to, words.is_silent) == ("foxes", ["Again"], asked.id, False)
    assert [(one.text, one.reply_to) for one in album] == [("#1", asked.id), ("#2", asked.id), ("#3", asked.id)]
    assert len({one.body["media_group_id"] for one in album}) == 1
    assert all(one.is_silent for one in album)
    numbers = [(message_number(ref), number) for ref, number in posted.pictures]
    assert numbers == [(one.id, number) for number, one in enumerate(album, start=1)]
    assert list(rows.taken) == ["album-1", "words"]


@pytest.mark.parametrize("is_gone", [False, True])
async def test_its_owner_hears_of_it_in_a_group_where_there_is_nothing_to_answer(
    simulator: TelegramSimulator,
    platform: TelegramPlatform,
    group: Room,
    ada: Person,
    rows: MemoryParts,
    *,
    is_gone: bool,
) -> None:
    """After a press, after a form, and where somebody has deleted what they said."""
    asked = ref_of(simulator, group.say(ada, "/imagine a fox"))
    group.remove(group.last)
    outcome = said(Quoted("a fox"), requester=member(ada), in_reply_to=asked if is_gone else None)
    await conversation_in(platform, simulator, group).deliver(outcome, key="k", parts=rows)
    assert (group.last.text, group.last.mentions) == ("Ada\na fox", [ada.id])
    assert (group.last.reply_to, group.last.is_silent) == (None, False)


async def test_in_private_nobody_is_mentioned(
    conversation: TelegramConversation, room: Room, ada: Person, rows: MemoryParts
) -> None:
    await conversation.deliver(said(Quoted("a fox"), requester=member(ada)), key="k", parts=rows)
    assert (room.last.text, room.last.mentions) == ("a fox", [])


# Once


async def test_after_a_kill_between_album_and_words_only_the_words_leave(
    simulator: TelegramSimulator, platform: TelegramPlatform, group: Room, pictures: MemoryPictures, rows: MemoryParts
) -> None:
    two = [await kept(pictures, drawn(64, 48, colour=colour)) for colour in ("red", "green")]
    result = said(pictures=[outgoing(one, one, number=n) for n, one in enumerate(two, start=1)])
    simulator.fail("sendMessage", faults.CUT_BEFORE)
    with pytest.raises(MaybeDelivered):
        await conversation_in(platform, simulator, group).deliver(result, key="k", parts=rows)
    fresh = MemoryParts()
    fresh.taken = dict(rows.taken)  # what the next process finds written down
    posted = await conversation_in(platform, simulator, group).deliver(result, key="k", parts=fresh)
    assert len(simulator.calls_of("sendMediaGroup")) == 1
    assert [number for _, number in posted.pictures] == [1, 2]
    assert list(fresh.begun) == ["words"]


async def test_an_album_that_has_left_is_not_sent_again_when_smaller_pictures_are_planned(
    simulator: TelegramSimulator,
    conversation: TelegramConversation,
    room: Room,
    pictures: MemoryPictures,
    rows: MemoryParts,
) -> None:
    """On a smaller rung more pictures fit into one album than had left in the first."""
    three = [await kept(pictures, drawn(64, 48, colour=colour)) for colour in COLOURS]
    rows.taken["album-1"] = [MessageRef(f"1:{room.id}:101"), MessageRef(f"1:{room.id}:102")]
    result = said(pictures=[outgoing(one, one, number=n) for n, one in enumerate(three, start=1)])
    posted = await conversation.deliver(result, key="k", parts=rows)
    assert list(rows.begun) == ["album-3", "words"]
    assert [number for _, number in posted.pictures] == [1, 2, 3]
    assert [bool(message.photo) for message in room.standing] == [True, False]


async def test_what_is_refused_only_just_is_sent_again_at_once(
    simulator: TelegramSimulator, conversation: TelegramConversation, pictures: MemoryPictures, rows: MemoryParts
) -> None:
    picture = await kept(pictures, drawn())
    simulator.fail("sendPhoto", faults.too_many(1))
    await conversation.deliver(said(pictures=[outgoing(picture, picture)]), key="k", parts=rows)
    assert [call.status for call in simulator.calls_of("sendPhoto")] == [429, 200]
    assert list(rows.begun) == ["photo-1"]


# In another form


@pytest.mark.parametrize(
    "words",
    [
        "PHOTO_INVALID_DIMENSIONS",
        "IMAGE_PROCESS_FAILED",
        "file is too big for a photo",
        "not enough rights to send photos to the chat",
    ],
)
@pytest.mark.parametrize("count", [1, 2])
async def test_photos_that_cannot_be_shown_go_as_files(
    simulator: TelegramSimulator,
    platform: TelegramPlatform,
    group: Room,
    pictures: MemoryPictures,
    rows: MemoryParts,
    words: str,
    count: int,
) -> None:
    files = [await kept(pictures, drawn(64, 48, colour=colour)) for colour in COLOURS[:count]]
    simulator.fail("sendPhoto" if count == 1 else "sendMediaGroup", faults.Fault(answer=bad_request(words)))
    result = said(Quoted("a fox"), pictures=[outgoing(one, one, number=n) for n, one in enumerate(files, start=1)])
    posted = await conversation_in(platform, simulator, group).deliver(result, key="k", parts=rows)
    sent = [message for message in group.standing if message.document]
    assert [message.document for message in sent] == [pictures.kept[one.sha256] for one in files]
    assert any(message.text == "a fox" for message in group.standing)
    assert [number for _, number in posted.pictures] == list(range(1, count + 1))


async def test_photos_that_were_forbidden_while_we_painted_go_as_files_and_are_known_to_be(
    simulator: TelegramSimulator, platform: TelegramPlatform, group: Room, pictures: MemoryPictures, rows: MemoryParts
) -> None:
    picture = await kept(pictures, drawn())
    conversation = conversation_in(platform, simulator, group)
    assert (await conversation.abilities()).shown
    group.withheld = {"photos"}
    await conversation.deliver(said(pictures=[outgoing(picture, picture)]), key="k", parts=rows)
    assert group.last.document
    assert not (await conversation.abilities()).shown


async def test_where_neither_may_be_sent_it_is_forbidden(
    simulator: TelegramSimulator, platform: TelegramPlatform, group: Room, pictures: MemoryPictures, rows: MemoryParts
) -> None:
    picture = await kept(pictures, drawn())
    group.withheld = {"photos", "documents"}
    with pytest.raises(Forbidden):
        await conversation_in(platform, simulator, group).deliver(
            said(pictures=[outgoing(picture, picture)]), key="k", parts=rows
        )
    assert rows.begun == {}
