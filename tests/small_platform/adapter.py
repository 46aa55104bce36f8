"""The adapter of the notice board. A note is put under a key, so the same key twice is one note."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import Any

from aiohttp import ClientError, ClientResponseError, ClientSession, ClientTimeout
from pydantic import BaseModel, SecretStr

from bot.domain.chat import (
    Abilities,
    Address,
    ConversationKey,
    Member,
    MessageRef,
    Moment,
    OutgoingMessage,
    OutgoingPicture,
    PictureLimits,
    PictureRef,
    Piece,
    Posted,
    Quoted,
    Sentence,
)
from bot.domain.errors import (
    AddressUnreadable,
    ClosedByMember,
    Forbidden,
    Gone,
    PlatformDown,
    PlatformFault,
    RateLimited,
    StoreUnavailable,
    TokenRejected,
    TooLarge,
    Unavailable,
)
from bot.domain.events import ButtonPress, Event, FormSubmit, IncomingMessage, RepliedMessage
from bot.ports import Handle, Parts, PlatformServices, Serving, Texts

PLATFORM = "board"
ABILITIES = Abilities(
    finds_posted=True,
    answers_in_private=True,
    shown=PictureLimits(most_bytes=1 << 40),
    file=PictureLimits(most_bytes=1 << 40),
    opens_originals=True,
)
_FAULTS: dict[int, type[PlatformFault]] = {403: Forbidden, 404: Gone, 413: TooLarge, 423: ClosedByMember}
_AGAIN_SECONDS = 0.2
_NO_LIMIT = ClientTimeout(total=None)


class BoardSettings(BaseModel):
    """The settings of the board."""

    url: str
    token: SecretStr


@contextmanager
def told() -> Iterator[None]:
    """Convert errors of the HTTP client. Each request may be repeated, because a note has a key."""
    try:
        yield
    except ClientResponseError as error:
        if error.status == 429:
            raise RateLimited(float(error.headers["Retry-After"] if error.headers else 1)) from None
        raise _FAULTS.get(error.status, Unavailable)(str(error.status)) from None
    except (ClientError, TimeoutError, ConnectionError, RuntimeError) as error:
        raise Unavailable(type(error).__name__) from None


class BoardPlatform:
    """Implements `ports.ChatPlatform`."""

    def __init__(self, settings: BoardSettings, services: PlatformServices) -> None:
        self._settings = settings
        self.services = services
        self._session: ClientSession | None = None

    @property
    def session(self) -> ClientSession:
        if self._session is None or self._session.closed:
            headers = {"Authorization": f"Bearer {self._settings.token.get_secret_value()}"}
            self._session = ClientSession(self._settings.url, headers=headers, timeout=_NO_LIMIT, raise_for_status=True)
        return self._session

    async def run(self, handle: Handle, serving: Serving) -> None:
        try:
            await self._follow(handle, serving)
        except ClientResponseError as error:
            if error.status == 401:
                raise TokenRejected("the board does not know the token of [platforms.board]") from None
            raise PlatformDown(f"the board answers with {error.status}") from None
        except (ClientError, ConnectionError) as error:
            raise PlatformDown(f"the board is not reached: {type(error).__name__}") from None
        finally:
            await self.session.close()

    async def _follow(self, handle: Handle, serving: Serving) -> None:
        """Ask for events for ever. The board keeps each until it is confirmed by the next request."""
        confirmed, wait = 0, 0
        while True:
            async with self.session.get("/events", params={"confirmed": confirmed, "wait": wait}) as answer:
                events = await answer.json()
            if not wait:
                serving()
                wait = 1
            for body in events:
                try:
                    await self._take(body, handle)
                except StoreUnavailable:
                    await asyncio.sleep(_AGAIN_SECONDS)
                    break
                confirmed = body["number"]

    async def _take(self, body: dict[str, Any], handle: Handle) -> None:
        event, conversation = to_event(body), BoardConversation(body["channel"], self)
        answer = await handle(event, conversation)
        if answer is not None:
            post = partial(conversation.post, replace(answer, audience=event.author), key=f"{event.key}:answer")
            self.services.answers.put(conversation.key, event.author.id, post)

    def conversation(self, address: Address) -> "BoardConversation":
        try:
            return BoardConversation(str(json.loads(address.text)["channel"]), self)
        except (ValueError, TypeError, KeyError):
            raise AddressUnreadable("no channel of the board") from None

    def private(self, member: Member, near: Address) -> None:
        """Return None: a note for one member alone is seen by nobody else anyway."""


class BoardConversation:
    """Implements `ports.Conversation` for a channel of the board."""

    def __init__(self, channel: str, platform: BoardPlatform) -> None:
        self._channel = channel
        self._platform = platform
        self._services = platform.services

    @property
    def address(self) -> Address:
        return Address(json.dumps({"version": 1, "channel": self._channel}))

    @property
    def key(self) -> ConversationKey:
        return ConversationKey(self._channel)

    async def abilities(self) -> Abilities:
        return ABILITIES

    async def post(self, message: OutgoingMessage, *, key: str) -> Posted:
        return await self._put(f"/channels/{self._channel}/keys/{key}", message)

    async def deliver(
        self, outcome: OutgoingMessage, *, key: str, parts: Parts, status: MessageRef | None = None
    ) -> Posted:
        async def send() -> Sequence[MessageRef]:
            return [(await self.post(outcome, key=key)).ref]

        [ref] = await parts.once("note", send)
        return self._posted(ref, outcome)

    async def edit(self, ref: MessageRef, message: OutgoingMessage) -> Posted:
        if not ref.isalnum():
            raise Gone(ref)
        return await self._put(f"/channels/{self._channel}/notes/{ref}", message)

    async def delete(self, ref: MessageRef) -> None:
        with suppress(Gone), told():
            if ref.isalnum():
                async with self._platform.session.delete(f"/channels/{self._channel}/notes/{ref}"):
                    pass

    async def open_picture(self, ref: PictureRef) -> AsyncIterator[bytes]:
        if not ref.isalnum():
            raise Gone(ref)
        with told():
            async with self._platform.session.get(f"/pictures/{ref}") as answer:
                async for piece in answer.content.iter_chunked(65_536):
                    yield piece

    async def show_activity(self) -> None:
        with told():
            async with self._platform.session.post(f"/channels/{self._channel}/typing"):
                pass

    async def acknowledge(self, ref: MessageRef | None) -> None:
        await self.show_activity()

    async def take_back_acknowledgement(self, ref: MessageRef | None) -> None:
        """Do nothing: `acknowledge` leaves nothing behind."""

    async def _put(self, path: str, message: OutgoingMessage) -> Posted:
        pictures = [await self._upload(one) for one in message.pictures]
        body = to_note(message, self._services.texts) | {"pictures": pictures}
        with told():
            async with self._platform.session.put(path, json=body) as answer:
                ref = MessageRef((await answer.json())["note"])
        return self._posted(ref, message)

    async def _upload(self, picture: OutgoingPicture) -> str:
        async with self._services.pictures.local_file((picture.shown or picture.original).sha256) as path:
            with await asyncio.to_thread(path.open, "rb") as file, told():
                async with self._platform.session.post("/pictures", data=file) as answer:
                    return str((await answer.json())["picture"])

    def _posted(self, ref: MessageRef, message: OutgoingMessage) -> Posted:
        alone = [(ref, one.number) for one in message.pictures] if len(message.pictures) == 1 else []
        return Posted(ref=ref, conversation=self.key, pictures=tuple(alone))


def to_note(message: OutgoingMessage, texts: Texts) -> dict[str, Any]:
    """Convert a message. A note is plain text, so quoted words cannot become markup."""

    def words(line: Sentence | Quoted) -> str:
        pieces: Sequence[Piece] = [line] if isinstance(line, Quoted) else texts.say(line, message.language)
        return "".join(map(_plain, pieces))

    return {
        "text": "\n".join(map(words, message.lines)),
        "buttons": [
            {"label": words(action.label), "token": action.token, "asks": action.needs_words}
            for action in message.actions
        ],
        "only_for": message.audience.id if message.audience else None,
    }


def _plain(piece: Piece) -> str:
    if isinstance(piece, Moment):
        return f"{piece.at:%H:%M} UTC"
    return piece.words if isinstance(piece, Quoted) else piece


def to_event(body: dict[str, Any]) -> Event:
    """Convert an event. Its number is its key: the board gives the same when it delivers it again."""
    key, message = f"event-{body['number']}", MessageRef(body["note"])
    author = Member(platform=PLATFORM, id=body["author"], name=body["author"], language="en")
    if body["kind"] == "press":
        return ButtonPress(key=key, author=author, token=body["token"], message=message)
    if body["kind"] == "form":
        return FormSubmit(key=key, author=author, token=body["token"], words=body["text"], message=message)
    answered = body["answers"]
    return IncomingMessage(
        key=key,
        author=author,
        is_private=False,
        text=body["text"],
        pictures=tuple(map(PictureRef, body["pictures"])),
        replied_to=answered
        and RepliedMessage(ref=MessageRef(answered["note"]), pictures=tuple(map(PictureRef, answered["pictures"]))),
        ref=message,
        is_addressed=body["text"].startswith("/") or answered is not None,
    )
