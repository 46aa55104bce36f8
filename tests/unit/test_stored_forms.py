"""What any release has written is readable for ever: one sample of each form lies in tests/stored_forms."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from telegram import Message, MessageEntity
from telegram.constants import MessageEntityType

from adapters.discord import reply_context
from adapters.discord.pending_store import PendingStore
from adapters.discord.pictures import picture_of
from adapters.discord.sending.writing import to_body
from adapters.telegram import chat_ref
from adapters.telegram.prompts import asked_for
from adapters.web import translate as web
from bot.application.texts import LANGUAGES, MessageCatalog, plain
from bot.application.wording import failure_sentence
from bot.domain.catalogue.picture_settings import SETTINGS, Ratio
from bot.domain.chat import Address, MessageRef, PictureRef, Verb
from bot.domain.credits import LedgerPhase
from bot.domain.errors import AddressUnreadable, Gone
from bot.domain.image_faults import MEANING_OF_CODE
from bot.domain.requests.requests import (
    CHAT_CLOSED,
    OFFER_EXPIRED,
    TOO_MANY_PICTURES,
    DeliveryState,
    JobFailure,
    JobState,
)
from bot.domain.tokens import read_token
from bot.ports import Said
from bot.storage.delivery.delivery_parts import to_refs
from bot.storage.requests.kept_links import to_kept, to_links
from bot.storage.requests.kept_settings import to_kept as to_kept_settings
from bot.storage.requests.kept_settings import to_settings
from bot.storage.schema import DeliveryKind, SpendState
from tests.fakes.transcript import MemoryTranscript

FOLDER = Path(__file__).parent.parent / "stored_forms"
RELEASES = sorted(FOLDER.glob("*.toml"))
NEWEST = RELEASES[-1]
SHA256 = "ab" * 32


@pytest.fixture(params=RELEASES, ids=[path.stem for path in RELEASES])
def forms(request: pytest.FixtureRequest) -> dict[str, Any]:
    return tomllib.loads(request.param.read_text(encoding="utf-8"))


@pytest.fixture
def newest() -> dict[str, Any]:
    return tomllib.loads(NEWEST.read_text(encoding="utf-8"))


def test_addresses(forms: dict[str, Any]) -> None:
    for text in forms["addresses"]["discord"]:
        place = reply_context.to_reply_context(Address(text))
        assert (place.channel, place.guild, place.original) == (
            1400000000000000001,
            1400000000000000004,
            1400000000000000006,
        )
        assert (place.is_thread, place.token, place.pressed) == (True, "aW50ZXJhY3Rpb24", None)
        assert place.nonce("request-1") == "4rb_xVPb4RMPCI6bWTuEcuKr"  # the same message after an update too
    topic = chat_ref.ChatRef(bot_id=7000000001, chat_id=-1002000000003, thread_id=17)
    for text in forms["addresses"]["telegram"]:
        assert chat_ref.to_chat_ref(Address(text)) == topic
    private = chat_ref.ChatRef(bot_id=7000000001, chat_id=42)
    for text in forms["addresses"]["telegram_without_topic"]:
        assert chat_ref.to_chat_ref(Address(text)) == private
    for text in forms["addresses"]["web"]:
        assert web.name_at(Address(text)) == "local"


def test_addresses_are_written_as_the_newest_samples_are(newest: dict[str, Any]) -> None:
    written = newest["addresses"]
    discord = Address(written["discord"][-1])
    assert reply_context.to_address(reply_context.to_reply_context(discord)) == discord
    telegram = Address(written["telegram"][-1])
    assert chat_ref.to_chat_ref(telegram).address == telegram
    page = Address(written["web"][-1])
    assert web.to_address(web.name_at(page)) == page


def test_what_a_later_version_adds_to_an_address_is_passed_over(newest: dict[str, Any]) -> None:
    def later(text: str) -> Address:
        return Address(json.dumps({**json.loads(text), "version": 99, "mood": ["new", {}]}))

    written = newest["addresses"]
    discord, telegram, page = (written[platform][-1] for platform in ("discord", "telegram", "web"))
    assert reply_context.to_reply_context(later(discord)) == reply_context.to_reply_context(Address(discord))
    assert chat_ref.to_chat_ref(later(telegram)) == chat_ref.to_chat_ref(Address(telegram))
    assert web.name_at(later(page)) == "local"


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"version":1}', "secret:x:", "\0", '{"channel":"secret"}', "1" * 9_000]
)
def test_an_address_that_nobody_can_read_says_so_and_no_more(text: str) -> None:
    for read in (reply_context.to_reply_context, chat_ref.to_chat_ref):
        with pytest.raises(AddressUnreadable) as caught:
            read(Address(text))
        assert "secret" not in str(caught.value)
        assert caught.value.__suppress_context__
    with pytest.raises(AddressUnreadable):
        web.name_at(Address(f"{text}!"))


def test_message_refs(forms: dict[str, Any]) -> None:
    refs = forms["message_refs"]
    assert [reply_context.message_of(ref) for ref in refs["discord"]] == [(1400000000000000001, 1400000000000000007)]
    assert {reply_context.message_of(ref) for ref in refs["discord_that_nobody_can_change"]} == {(0, 0)}
    assert [chat_ref.numbers_of(ref) for ref in refs["telegram"]] == [(-1002000000003, 99)]


@pytest.mark.parametrize("ref", ["", ":", "1", "1:2:", "²:²:²", "²:²", "1:" + "9" * 5_000, "a:b:c", "1:2:3:4"])
def test_a_message_ref_of_nobodys_names_nothing(ref: str) -> None:
    assert reply_context.message_of(MessageRef(ref)) == (0, 0)
    assert chat_ref.numbers_of(MessageRef(ref)) == (0, 0)
    with pytest.raises(Gone):
        picture_of(PictureRef(f"{ref} https://cdn.test/fox.png"))


def test_picture_refs(forms: dict[str, Any]) -> None:
    refs = forms["picture_refs"]
    for ref in refs["discord"]:
        picture = picture_of(ref)
        assert (picture.channel, picture.message, picture.attachment) == (
            1400000000000000001,
            1400000000000000007,
            1400000000000000008,
        )
        assert picture.ref() == ref
    assert [web.sha256_of(ref) for ref in refs["web"]] == [SHA256]


def test_tokens_below_messages(forms: dict[str, Any]) -> None:
    numbered = [read_token(token) for token in forms["tokens"]["numbered_buttons"]]
    assert numbered == [(verb, number) for number, verb in enumerate(NUMBERED, start=1)]
    assert [read_token(token) for token in forms["tokens"]["buttons"]] == [(verb, A_PUBLIC_ID) for verb in Verb]


def test_tokens_within_questions(forms: dict[str, Any]) -> None:
    for link in forms["tokens"]["telegram_questions"]:
        entity = MessageEntity(MessageEntityType.TEXT_LINK, 0, 1, url=link)
        raw = {
            "message_id": 1,
            "date": 1,
            "chat": {"id": 1, "type": "private"},
            "from": {"id": 7, "is_bot": True, "first_name": "Plantain"},
            "text": "?",
            "entities": [entity.to_dict()],
        }
        asked = asked_for(Message.de_json(raw, None), bot_id=7)
        assert asked is not None
        assert read_token(asked.token) in {(Verb.EDIT, 5), (Verb.EDIT, A_PUBLIC_ID)}


def test_codes_and_states(forms: dict[str, Any]) -> None:
    codes, texts = forms["codes"], MessageCatalog()
    for code in codes["failures"]:
        sentence = failure_sentence(JobFailure(code=code))
        assert sentence.key != "fault-unknown"
        assert all(plain(texts.say(sentence, language)) for language in LANGUAGES)
    for name, kind in STATES.items():
        assert all(kind(value) for value in codes[name])
    assert all(str(Ratio.parse(text)) == text for text in codes["ratios"])


A_PUBLIC_ID = "abcdefghijklmnopqrstu234"
NUMBERED = [verb for verb in Verb if verb not in {Verb.SHOW, Verb.FILE}]
"""What buttons did when they carried numbers; the later ones have never carried any."""

STATES = {
    "job_states": JobState,
    "delivery_states": DeliveryState,
    "delivery_kinds": DeliveryKind,
    "spend_states": SpendState,
    "ledger_phases": LedgerPhase,
}


def test_whatever_is_written_today_has_a_sample(newest: dict[str, Any]) -> None:
    ours = (failure.code for failure in (OFFER_EXPIRED, CHAT_CLOSED, TOO_MANY_PICTURES))
    assert {*MEANING_OF_CODE, *ours} == set(newest["codes"]["failures"])
    for name, kind in STATES.items():
        assert [member.value for member in kind] == newest["codes"][name]


def test_links_of_jobs(forms: dict[str, Any]) -> None:
    for text in forms["json"]["job_links"]:
        kept = json.loads(text)
        links = to_links(kept)
        assert [link.url for link in links] == [each["url"] for each in kept]
        assert to_kept(links) == kept
    assert to_links([{"url": "https://later.test/", "mood": 1}, {"endpoint": "gateway"}])[0].words is None


def test_settings_of_pictures(forms: dict[str, Any]) -> None:
    for text in forms["json"]["picture_settings"]:
        kept = json.loads(text)
        assert to_kept_settings(to_settings(kept)) == kept


def test_every_setting_has_a_sample(newest: dict[str, Any]) -> None:
    samples = [json.loads(text) for text in newest["json"]["picture_settings"]]
    assert {name for sample in samples for name in sample} == {setting.name for setting in SETTINGS}


def test_messages_of_the_parts_of_outcomes(forms: dict[str, Any]) -> None:
    for text in forms["json"]["delivery_part_refs"]:
        refs = to_refs(json.loads(text))
        assert [chat_ref.numbers_of(ref) for ref in refs] == [(-1002000000003, 99), (-1002000000003, 100)]


def test_entries_of_the_page(forms: dict[str, Any]) -> None:
    for text in forms["json"]["web_entries"]:
        body = json.loads(text)
        assert web.to_replied_message("b:request-1", body).pictures == (web.to_picture_ref(SHA256),)
        assert web.to_page(Said(key="b:request-1", position=1, revision=2, body=body))["revision"] == 2


async def test_what_waits_on_discord(forms: dict[str, Any]) -> None:
    transcript = MemoryTranscript()
    kept = PendingStore(transcript)
    for number, text in enumerate(forms["json"]["discord_waiting"]):
        body = json.loads(text)
        await transcript.append("discord:waiting", str(number), {**body, "mood": 1})
        waiting = await kept.waiting(str(number), None)
        assert waiting is not None
        assert (waiting[0], json.loads(json.dumps(to_body(waiting[1])))) == (body["user"], body["written"])
    for number, text in enumerate(forms["json"]["discord_forms"]):
        body = json.loads(text)
        await kept.keep_form(str(number), body)
        form = await kept.form(str(number), body.get("channel"), body.get("user"))
        assert form is not None
        assert [picture_of(ref).attachment for ref in form["pictures"]] == [3]
    await transcript.append("discord:waiting", "broken", {"written": {"content": 1}})
    assert await kept.waiting("broken", None) is None
