"""Files of the simulated Telegram: what becomes of a photo, what stays of a document, what is too large."""

import httpx
import pytest
from telegram import Bot, InputMediaDocument, InputMediaPhoto
from telegram.error import BadRequest, InvalidToken, NetworkError

from tests.simulators.telegram.api import TelegramSimulator
from tests.simulators.telegram.chats.files import PHOTO_BYTES
from tests.simulators.telegram.room import Room
from tests.unit.telegram.drawn import drawn, size_of


@pytest.fixture
def room(simulator: TelegramSimulator) -> Room:
    return simulator.private(simulator.person("Ada"))


@pytest.mark.parametrize(
    ("width", "height", "sizes"),
    [
        (80, 40, [(80, 40)]),
        (640, 480, [(90, 68), (320, 240), (640, 480)]),
        (400, 1280, [(28, 90), (100, 320), (250, 800), (400, 1280)]),
        (4096, 2048, [(90, 45), (320, 160), (800, 400), (1280, 640), (2560, 1280)]),
    ],
)
async def test_a_photo_has_sizes_up_to_2560(
    bot: Bot, room: Room, width: int, height: int, sizes: list[tuple[int, int]]
) -> None:
    sent = await bot.send_photo(room.id, drawn(width, height), filename="fox.png")
    assert [(size.width, size.height) for size in sent.photo] == sizes
    assert size_of(room.last.photo) == ("JPEG", *sizes[-1])


async def test_a_document_keeps_its_bytes_and_name(bot: Bot, room: Room) -> None:
    picture = drawn(mode="RGBA")
    sent = await bot.send_document(room.id, picture, filename="fox.png", caption="the original")
    assert (room.last.document, room.last.document_name, room.last.text) == (picture, "fox.png", "the original")
    assert sent.document is not None
    assert (sent.document.mime_type, sent.document.file_size) == ("image/png", len(picture))


async def test_a_file_is_downloaded_as_it_was_sent(bot: Bot, room: Room) -> None:
    picture = drawn(kind="WEBP")
    sent = await bot.send_document(room.id, picture, filename="fox.webp")
    assert sent.document is not None
    file = await sent.document.get_file()
    assert await file.download_as_bytearray() == picture


@pytest.mark.parametrize(("more", "is_taken"), [(0, True), (1, False)])
async def test_a_file_of_more_than_20_megabytes_cannot_be_fetched(
    simulator: TelegramSimulator, bot: Bot, room: Room, *, more: int, is_taken: bool
) -> None:
    assert room.person is not None
    sent = room.send_document(room.person, bytes(20 * 1024 * 1024 + more), name="fox.bin")
    asking = bot.get_file(sent.body["document"]["file_id"])
    if is_taken:
        assert (await asking).file_size == 20 * 1024 * 1024
    else:
        with pytest.raises(BadRequest, match="File is too big"):
            await asking


async def test_a_file_that_is_gone_looks_to_the_library_like_a_wrong_token(
    simulator: TelegramSimulator, bot: Bot, room: Room
) -> None:
    sent = await bot.send_document(room.id, b"fox", filename="fox.txt")
    assert sent.document is not None
    file = await sent.document.get_file()
    simulator.forget_file(file.file_id)
    with pytest.raises(InvalidToken):
        await file.download_as_bytearray()
    with pytest.raises(BadRequest, match="file_id"):
        await bot.get_file(file.file_id)


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        (drawn(9000, 1001), "Photo_invalid_dimensions"),
        (drawn(2100, 100), "Photo_invalid_dimensions"),
        (b"no picture", "Image_process_failed"),
        (b"", "file must be non-empty"),
        (drawn(8, 8) + bytes(PHOTO_BYTES), "is too big for a photo"),
    ],
    ids=["sides", "ratio", "no picture", "empty", "bytes"],
)
async def test_what_is_no_photo_for_telegram_is_refused(bot: Bot, room: Room, picture: bytes, words: str) -> None:
    with pytest.raises(BadRequest, match=f"(?i){words}"):
        await bot.send_photo(room.id, picture, filename="fox.png")
    assert room.standing == []


@pytest.mark.parametrize("picture", [drawn(9000, 1000), drawn(2000, 100)], ids=["sides", "ratio"])
async def test_what_is_just_a_photo_is_taken(bot: Bot, room: Room, picture: bytes) -> None:
    assert (await bot.send_photo(room.id, picture, filename="fox.png")).photo


async def test_more_than_50_megabytes_are_no_bad_request_but_a_plain_network_error(bot: Bot, room: Room) -> None:
    with pytest.raises(NetworkError, match="Request Entity Too Large") as caught:
        await bot.send_document(room.id, bytes(50 * 1024 * 1024), filename="fox.bin")
    assert type(caught.value) is NetworkError


async def test_a_file_is_sent_again_by_its_identifier(bot: Bot, room: Room) -> None:
    first = await bot.send_photo(room.id, drawn(), filename="fox.png")
    again = await bot.send_photo(room.id, first.photo[-1].file_id, caption="again")
    assert (again.photo, again.caption) == (first.photo, "again")


async def test_a_photo_is_no_document_by_its_identifier(bot: Bot, room: Room) -> None:
    first = await bot.send_photo(room.id, drawn(), filename="fox.png")
    with pytest.raises(BadRequest, match=r"(?i)can't use file of type Photo as Document"):
        await bot.send_document(room.id, first.photo[-1].file_id)


async def test_the_path_of_a_file_of_ours_means_nothing_to_telegram(bot: Bot, room: Room) -> None:
    with pytest.raises(BadRequest, match="Wrong file identifier"):
        await bot.send_photo(room.id, "/no/such/fox.png")


async def test_a_caption_has_at_most_1024_units(bot: Bot, room: Room) -> None:
    photo = drawn()
    assert (await bot.send_photo(room.id, photo, filename="fox.png", caption="🦊" * 512)).caption == "🦊" * 512
    with pytest.raises(BadRequest, match="caption is too long"):
        await bot.send_photo(room.id, photo, filename="fox.png", caption="🦊" * 512 + "x")


async def test_an_album_is_messages_with_one_album_number(bot: Bot, room: Room) -> None:
    media = [InputMediaPhoto(drawn(colour=colour), filename="fox.png") for colour in ("red", "green", "blue")]
    sent = await bot.send_media_group(room.id, media, caption="three")
    assert len({message.media_group_id for message in sent}) == 1
    assert [message.text for message in room.standing] == ["three", "", ""]
    assert len({message.photo for message in room.standing}) == 3


@pytest.mark.parametrize(("count", "words"), [(1, "too few"), (11, "too many")])
async def test_an_album_has_2_to_10_pictures(bot: Bot, room: Room, count: int, words: str) -> None:
    with pytest.raises(BadRequest, match=f"(?i){words} messages to send as an album"):
        await bot.send_media_group(room.id, [InputMediaPhoto(drawn(), filename="fox.png")] * count)


async def test_documents_stand_in_an_album_with_documents_only(bot: Bot, room: Room) -> None:
    document = InputMediaDocument(drawn(), filename="fox.png")
    assert len(await bot.send_media_group(room.id, [document, document])) == 2
    with pytest.raises(BadRequest, match=r"(?i)document can't be mixed with other media types"):
        await bot.send_media_group(room.id, [document, InputMediaPhoto(drawn(), filename="fox.png")])


@pytest.mark.parametrize("token", ["110201543:WRONG", "nonsense"])
async def test_nobody_fetches_a_file_without_the_token(
    simulator: TelegramSimulator, bot: Bot, room: Room, token: str
) -> None:
    sent = await bot.send_document(room.id, b"fox", filename="fox.txt")
    assert sent.document is not None
    file = await sent.document.get_file()
    assert file.file_path is not None
    async with httpx.AsyncClient() as client:
        answer = await client.get(file.file_path.replace(simulator.token, token))
    assert (answer.status_code, answer.json()["error_code"]) == (401, 401)
