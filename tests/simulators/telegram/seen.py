"""What people see of the bot in the simulated Telegram, told from what was done there."""

from hashlib import sha256
from typing import Any

from tests.simulators.seen import Seen, Shown, State
from tests.simulators.telegram.api import TelegramSimulator
from tests.simulators.telegram.requests import Call

Json = dict[str, Any]

_SIGNS = ("send", "editMessage", "setMessageReaction")


def seen(telegram: TelegramSimulator) -> Seen:
    """Return everything that has been shown up to now, whatever became of the answers to the requests."""
    return _Reading(telegram).read()


class _Reading:
    def __init__(self, telegram: TelegramSimulator) -> None:
        self._telegram = telegram
        self._shown: dict[tuple[int, int], Shown] = {}
        self._reactions: dict[tuple[int, int], list[str]] = {}
        self._signs: list[tuple[float, int]] = []

    def read(self) -> Seen:
        done = [(call.done_at, call) for call in self._telegram.calls if call.done_at is not None]
        for at, call in sorted(done, key=lambda one: one[0]):
            self._take(at, call)
        standing = ((*where, emoji) for where, emojis in self._reactions.items() for emoji in emojis)
        return Seen(messages=list(self._shown.values()), reactions=list(standing), signs=self._signs)

    def _take(self, at: float, call: Call) -> None:
        chat = call.integer("chat_id")
        if call.method.startswith(_SIGNS):
            self._signs.append((at, chat))
        if call.method.startswith("deleteMessage"):
            for number in call.parameters.get("message_ids") or [call.integer("message_id")]:
                self._delete(at, chat, number)
        elif call.method == "setMessageReaction":
            given = call.parameters.get("reaction") or []
            self._reactions[chat, call.integer("message_id")] = [one.get("emoji", "?") for one in given]
        elif call.method.startswith("editMessage"):
            self._edit(at, call.result)
        elif call.method.startswith("send"):
            for body in _bodies(call.result):
                self._send(at, body, is_silent=call.flag("disable_notification"))

    def _send(self, at: float, body: Json, *, is_silent: bool) -> None:
        chat, number, answered = int(body["chat"]["id"]), int(body["message_id"]), _answered(body)
        self._shown[chat, number] = Shown(
            chat=chat,
            number=number,
            states=[self._state(at, body)],
            notified=frozenset() if is_silent else self._notified(body, answered),
            is_public=body["chat"]["type"] != "private",
            answers=int(answered["message_id"]) if answered else None,
            album=body.get("media_group_id"),
        )

    def _edit(self, at: float, body: Json) -> None:
        message = self._shown.get((int(body["chat"]["id"]), int(body["message_id"])))
        if message:
            message.states.append(self._state(at, body))

    def _delete(self, at: float, chat: int, number: int) -> None:
        self._reactions.pop((chat, number), None)
        if message := self._shown.get((chat, number)):
            message.gone_at = at

    def _notified(self, body: Json, answered: Json | None) -> frozenset[int]:
        """Return who is notified: the person of a private chat; elsewhere whoever is answered or mentioned."""
        if body["chat"]["type"] == "private":
            return frozenset({int(body["chat"]["id"])})
        numbers = {int(answered["from"]["id"])} if answered and "from" in answered else set()
        text = _text(body)
        for entity in body.get("entities") or body.get("caption_entities") or []:
            if entity["type"] == "text_mention":
                numbers.add(int(entity["user"]["id"]))
            elif entity["type"] == "mention":
                numbers |= self._named(_cut(text, entity))
        return frozenset(numbers - {self._telegram.bot.id})

    def _named(self, mention: str) -> set[int]:
        name = mention.removeprefix("@").casefold()
        return {one.id for one in self._telegram.people if (one.username or "").casefold() == name}

    def _state(self, at: float, body: Json) -> State:
        rows = body.get("reply_markup", {}).get("inline_keyboard", [])
        files = [*body.get("photo", [])[-1:], *([body["document"]] if "document" in body else [])]
        return State(
            at=at,
            text=_text(body),
            pictures=tuple(self._picture(one) for one in files),
            buttons=tuple(button["text"] for row in rows for button in row),
        )

    def _picture(self, described: Json) -> str:
        """Identify a picture by its content: a file that is uploaded again has another number."""
        content = self._telegram.content(described["file_id"])
        return sha256(content).hexdigest() if content is not None else str(described["file_unique_id"])


def _bodies(result: object) -> list[Json]:
    """Return the messages of an answer. A chat action is answered with a plain yes."""
    return [one for one in (result if isinstance(result, list) else [result]) if isinstance(one, dict)]


def _text(body: Json) -> str:
    return str(body.get("text", body.get("caption", "")))


def _answered(body: Json) -> Json | None:
    """Return the message that it answers; None if that is the beginning of a topic, which nobody wrote."""
    answered = body.get("reply_to_message")
    return None if answered is None or "forum_topic_created" in answered else answered


def _cut(text: str, entity: Json) -> str:
    units = text.encode("utf-16-le")
    return units[2 * entity["offset"] : 2 * (entity["offset"] + entity["length"])].decode("utf-16-le")
