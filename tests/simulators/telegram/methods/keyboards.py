"""The keyboards that a bot puts under its messages, held to Telegram's limits."""

from typing import Any

from tests.simulators.telegram.refusals import bad_request

Json = dict[str, Any]

BUTTONS = 100
DATA_BYTES = 64
DOES_SOMETHING = frozenset(
    {
        *("url", "callback_data", "web_app", "login_url", "pay", "copy_text", "callback_game"),
        *("switch_inline_query", "switch_inline_query_current_chat", "switch_inline_query_chosen_chat"),
    }
)


def keyboard_of(parameters: Json) -> Json:
    """Return what the message has of `reply_markup`: an inline keyboard, or nothing."""
    markup = parameters.get("reply_markup")
    if not isinstance(markup, dict) or "inline_keyboard" not in markup:
        return {}
    rows: list[list[Json]] = [row for row in markup["inline_keyboard"] if row]
    if sum(map(len, rows)) > BUTTONS:
        raise bad_request("reply markup is too long")
    for button in (button for row in rows for button in row):
        _check(button)
    return {"reply_markup": {"inline_keyboard": rows}} if rows else {}


def _check(button: Json) -> None:
    if not button.get("text"):
        raise bad_request('can\'t parse inline keyboard button: Field "text" must be non-empty')
    if not button.keys() & DOES_SOMETHING:
        raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if "callback_data" in button and not 1 <= len(str(button["callback_data"]).encode()) <= DATA_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")
