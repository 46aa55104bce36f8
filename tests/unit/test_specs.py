"""The facts that the simulators judge by: whole, without prose, and of a day that every test run tells."""

from datetime import UTC, datetime

import pytest

from tests.specs import NAMES, facts, origin
from tests.specs.schemas import discord_facts, openai_facts
from tests.specs.telegram import telegram_facts

MOST_WORDS = 4
"""In a text of the facts: the name of a type has four, as in "Array of Array of PhotoSize" without the last."""


def texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [text for one in inner for text in texts(one)]


@pytest.mark.parametrize("name", NAMES)
def test_every_run_tells_which_official_file_was_judged_by_and_how_old_it_is(
    name: str, pytestconfig: pytest.Config
) -> None:
    told = pytestconfig.hook.pytest_report_header(config=pytestconfig, start_path=pytestconfig.rootpath)
    days = (datetime.now(tz=UTC).date() - origin(name).dated).days
    assert days >= 0
    assert f"{origin(name).version}, {days} days old" in str(told)


@pytest.mark.parametrize("name", NAMES)
def test_facts_hold_no_sentences(name: str) -> None:
    groups = {group: value for group, value in facts(name).items() if group != "origin"}
    assert [text for text in texts(groups) if len(text.split()) > MOST_WORDS + 1 and "^" not in text] == []


def test_of_telegram_the_facts_keep_types_requirements_and_constants() -> None:
    told = telegram_facts(
        {
            "methods": {
                "send": {
                    "description": ["Sends."],
                    "returns": ["Message"],
                    "fields": [
                        {"name": "data", "types": ["String"], "required": False, "description": "Data, 1-64 bytes"},
                        {"name": "kind", "types": ["String"], "required": True, "description": 'always "post"'},
                    ],
                }
            },
            "types": {"Origin": {"description": ["One of"], "subtypes": ["User", "Chat"]}},
        }
    )
    kind = {"types": ["String"], "required": True, "constant": "post"}
    fields = {"data": {"types": ["String"]}, "kind": kind}
    assert told["methods"] == {"send": {"fields": fields, "returns": ["Message"]}}
    assert told["types"] == {"Origin": {"fields": {}, "subtypes": ["User", "Chat"]}}


def test_of_discord_the_facts_keep_what_bots_ask_and_the_schemas_that_it_needs() -> None:
    reference = {"$ref": "#/components/schemas/Message"}
    words = {"type": "string", "description": "Words."}
    kinds = {"oneOf": [{"title": "A", "const": 0, "description": "a"}, {"title": "B", "const": 1}], "type": "integer"}
    told = discord_facts(
        {
            "paths": {
                "/channels/{channel_id}": {"get": {"description": "Get it.", "responses": {"200": reference}}},
                "/soundboard": {"get": {"responses": {}}},
            },
            "components": {
                "schemas": {
                    "Message": {"properties": {"description": words, "kind": kinds}},
                    "Sound": {"type": "object"},
                },
                "responses": {},
            },
        }
    )
    assert list(told["paths"]) == ["/channels/{channel_id}"]
    assert told["paths"]["/channels/{channel_id}"] == {"get": {"responses": {"200": reference}}}
    fields = {"description": {"type": "string"}, "kind": {"type": "integer", "enum": [0, 1]}}
    assert told["schemas"] == {"Message": {"properties": fields}}


def test_of_openai_nullable_becomes_what_json_schema_knows() -> None:
    told = openai_facts(
        {"components": {"schemas": {"Words": {"type": "string", "nullable": True, "description": "."}}}}
    )
    assert told == {"schemas": {"Words": {"anyOf": [{"type": "string"}, {"type": "null"}]}}}
