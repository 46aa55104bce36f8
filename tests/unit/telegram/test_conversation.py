"""What the Telegram conversation says, as it stands in the simulated chat."""

import pytest

from adapters.telegram.conversation import TelegramConversation
from bot.domain.chat import Action, MessageRef, Phase, Progress, Quoted, Sentence, Verb
from bot.domain.errors import Gone
from tests.fakes import MemoryPictures
from tests.simulators.telegram_api import TelegramSimulator
from tests.simulators.telegram_people import Person
from tests.simulators.telegram_room import Room
from tests.tokens import AN_ID
from tests.unit.telegram.drawn import drawn, size_of
from tests.unit.telegram.platforms import kept, outgoing, said

AGAIN = Action(verb=Verb.AGAIN, target=AN_ID, label=Sentence("action-again"))
PAINTING = Progress(phase=Phase.PAINTING, elapsed_seconds=10, expected_seconds=40)


async def test_a_status_stands_in_the_chat_with_its_button_in_answer_to_the_request(
    simulator: TelegramSimulator, conversation: TelegramConversation, room: Room, ada: Person
) -> None:
    asked = room.say(ada, "a fox")
    ref = MessageRef(f"{simulator.bot.id}:{room.id}:{asked.id}")
    posted = await conversation.post(said(Quoted("a fox"), actions=[AGAIN], in_reply_to=ref), key="k")
    assert (room.last.text, room.last.buttons, room.last.reply_to) == ("a fox", ["Again"], asked.id)
    assert room.last.keyboard[0][0]["callback_data"] == f"again:{AN_ID}"
    assert posted.ref == f"{simulator.bot.id}:{room.id}:{room.last.id}"


async def test_the_prompt_is_a_quotation_and_the_state_is_bold(conversation: TelegramConversation, room: Room) -> None:
    await conversation.post(
        said(
            Quoted("🦊 fox"),
            Sentence("status-painting", elapsed=10, expected=40),
            Sentence("status-price", price=2, left=18),
            progress=PAINTING,
        ),
        key="k",
    )
    assert room.last.text == "🦊 fox\nPainting: 10 s of about 40 s\n▰▰▱▱▱▱▱▱▱▱\n2 credits, 18 left"
    kinds = [(one["type"], one["offset"], one["length"]) for one in room.last.entities]
    assert kinds == [("blockquote", 0, 6), ("bold", 7, 28), ("italic", 47, 18)]


async def test_the_status_becomes_the_picture_and_the_original_follows_as_a_file(
    simulator: TelegramSimulator, conversation: TelegramConversation, room: Room, pictures: MemoryPictures
) -> None:
    original, shown = await kept(pictures, drawn(1200, 800)), await kept(pictures, drawn(600, 400, kind="JPEG"))
    status = await conversation.post(said(progress=PAINTING), key="k")
    result = said(Quoted("a fox"), pictures=[outgoing(original, shown, as_file=True)], actions=[AGAIN])
    posted = await conversation.edit(status.ref, result)
    photo, file = room.standing
    assert size_of(photo.photo) == ("JPEG", 600, 400)
    assert (photo.text, photo.buttons) == ("a fox", ["Again"])
    assert (file.document, file.document_name) == (pictures.kept[original.sha256], "plantain-1-1.png")
    assert file.reply_to == photo.id
    assert posted.ref == status.ref
    numbers = [(int(ref.rpartition(":")[2]), number) for ref, number in posted.pictures]
    assert numbers == [(photo.id, 1), (file.id, 1)]


async def test_several_pictures_are_an_album_and_the_status_keeps_the_words_and_buttons(
    simulator: TelegramSimulator, conversation: TelegramConversation, room: Room, ada: Person, pictures: MemoryPictures
) -> None:
    asked = room.say(ada, "foxes")
    ref = MessageRef(f"{simulator.bot.id}:{room.id}:{asked.id}")
    status = await conversation.post(said(progress=PAINTING, in_reply_to=ref), key="k")
    three = [await kept(pictures, drawn(64, 48, colour=colour)) for colour in ("red", "green", "blue")]
    outgoings = [outgoing(one, one, number=number) for number, one in enumerate(three, start=1)]
    posted = await conversation.edit(
        status.ref, said(Quoted("foxes"), pictures=outgoings, actions=[AGAIN], in_reply_to=ref)
    )
    _, words, *album = room.standing
    assert (words.text, words.buttons) == ("foxes", ["Again"])
    assert [(one.text, one.reply_to) for one in album] == [("#1", asked.id), ("#2", asked.id), ("#3", asked.id)]
    assert len({one.body["media_group_id"] for one in album}) == 1
    numbers = [(int(ref.rpartition(":")[2]), number) for ref, number in posted.pictures]
    assert numbers == [(one.id, number) for number, one in enumerate(album, start=1)]


async def test_a_message_that_is_not_there_any_more_is_gone(conversation: TelegramConversation, room: Room) -> None:
    status = await conversation.post(said(), key="k")
    room.remove(room.last)
    with pytest.raises(Gone):
        await conversation.edit(status.ref, said(Quoted("a fox")))


async def test_an_equal_message_is_no_fault(conversation: TelegramConversation) -> None:
    status = await conversation.post(said(actions=[AGAIN]), key="k")
    assert await conversation.edit(status.ref, said(actions=[AGAIN])) == status


async def test_deleting_what_is_gone_is_no_fault(conversation: TelegramConversation, room: Room) -> None:
    status = await conversation.post(said(), key="k")
    await conversation.delete(status.ref)
    await conversation.delete(status.ref)
    assert room.standing == []
