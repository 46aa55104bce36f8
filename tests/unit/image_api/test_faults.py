"""Of an endpoint's refusal the owner reads what it means, and none of its own words."""

import json

import pytest

from bot.domain.catalogue.picture_settings import SETTINGS
from bot.domain.fault_meaning import Bill, Elsewhere, Mistake
from bot.domain.image_faults import (
    ConnectionLost,
    EndpointBusy,
    EndpointMoved,
    EndpointRateLimited,
    FundsUsedUp,
    OrganizationUnverified,
    SettingRejected,
    meaning_of,
)
from bot.image_api.faults import fault_in_json, fault_of_answer


def refusal(**error: object) -> bytes:
    return json.dumps({"error": error}).encode()


@pytest.mark.parametrize(
    ("headers", "body", "seconds"),
    [
        ({"retry-after": "7"}, b"", 7.0),
        ({"retry-after": "1.5"}, b"", 1.5),
        (
            {"retry-after": "Mon, 23 Nov 2026 10:00:30 GMT", "date": "Mon, 23 Nov 2026 10:00:00 GMT"},
            b"",
            30.0,
        ),
        ({"retry-after": "Mon, 23 Nov 2026 09:00:00 GMT", "date": "Mon, 23 Nov 2026 10:00:00 GMT"}, b"", 0.0),
        ({"retry-after": "Mon, 23 Nov 2026 10:00:30 GMT"}, b"", None),
        ({"retry-after": "soon"}, b"", None),
        ({"retry-after": "Mon, 23 Nov 99999999999999999999 10:00:30 GMT"}, b"", None),
        ({"retry-after": "-3"}, b"", None),
        ({"retry-after": "9" * 400}, b"", None),
        ({}, refusal(message="Please retry in 14.65s."), 14.65),
        ({}, refusal(details=[{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "14s"}]), 14.0),
        ({}, refusal(message="您已达到请求数限制：3分钟内最多请求10次"), 180.0),
        ({"retry-after": "5"}, refusal(message="Please retry in 14.65s."), 5.0),
        ({}, refusal(message="try later"), None),
    ],
)
def test_how_long_to_wait(headers: dict[str, str], body: bytes, seconds: float | None) -> None:
    fault = fault_of_answer(429, headers, body)
    assert (type(fault), fault.retry_after_seconds) == (EndpointRateLimited, seconds)


def test_the_header_that_litellm_hands_on_is_read() -> None:
    assert fault_of_answer(429, {"llm_provider-retry-after": "12"}, b"").retry_after_seconds == 12
    assert fault_of_answer(429, {"retry-after": "3", "llm_provider-retry-after": "12"}, b"").retry_after_seconds == 3


@pytest.mark.parametrize("status", [502, 503, 520])
def test_what_a_gateway_says_late_was_probably_billed(status: int) -> None:
    quick, late = (fault_of_answer(status, {}, b"<html>nginx</html>", after_seconds=after) for after in (1, 40))
    assert (type(quick), meaning_of(quick).bill) == (EndpointBusy, Bill.NONE)
    assert (type(late), meaning_of(late).bill) == (ConnectionLost, Bill.PROBABLE)


def test_what_the_endpoint_names_itself_is_believed_however_late() -> None:
    fault = fault_of_answer(503, {}, refusal(message="The model is overloaded."), after_seconds=40)
    assert type(fault) is EndpointRateLimited


@pytest.mark.parametrize(
    ("location", "where"),
    [
        ("https://api.example.org/v1?token=abc", "to https://api.example.org; base_url"),
        ("http://[::1]:9/x", "to http://[::1]:9; base_url"),
        ("https://user:secret@api.example.org/", "redirect; is base_url right?"),
        ("/login?next=secret", "redirect; is base_url right?"),
        ("", "redirect; is base_url right?"),
        ("https://" + "a" * 300_000, "redirect; is base_url right?"),
    ],
)
def test_of_a_redirect_only_the_host_is_told(location: str, where: str) -> None:
    fault = fault_of_answer(302, {"location": location}, b"has been retired")
    assert type(fault) is EndpointMoved
    assert where in fault.owner_text
    assert len(fault.owner_text) < 200


SECRETS = ["25359", "50264897", "sk-abcdef123456", "$12.50", "anna@example.org"]


@pytest.mark.parametrize("key", ["message", "code", "type", "status", "param", "localized_message", "request_id"])
@pytest.mark.parametrize("status", [200, 400, 403, 429, 500])
def test_no_number_and_no_key_of_a_message_is_passed_on(key: str, status: int) -> None:
    said = "user [25359] key sk-abcdef123456 anna@example.org has $12.50 of 50264897 (request id: sk-abcdef123456)"
    fault = fault_of_answer(status, {"x-request-id": "sk-abcdef123456"}, refusal(**{key: said}))
    assert not [secret for secret in SECRETS if secret in f"{fault.owner_text} {fault!r} {fault.words}"]


def test_what_helps_the_owner_is_passed_on() -> None:
    body = refusal(message="user [25359] quota is not enough", code="insufficient_user_quota", type="shell_api_error")
    fault = fault_of_answer(403, {"x-request-id": "20261123-abcDEF"}, body)
    assert type(fault) is FundsUsedUp
    assert fault.owner_text == (
        "the money or quota at the endpoint is used up (HTTP 403, insufficient_user_quota, request 20261123-abcDEF)"
    )


@pytest.mark.parametrize("status", [400, 403, 429])
def test_a_spending_limit_that_is_reached_is_the_owners_money(status: int) -> None:
    error = {"code": "billing_hard_limit_reached", "message": "Billing hard limit has been reached", "param": None}
    fault = fault_of_answer(status, {}, refusal(**error, type="invalid_request_error"))
    assert type(fault) is FundsUsedUp
    assert "billing_hard_limit_reached" in fault.owner_text


@pytest.mark.parametrize("status", [400, 403])
def test_an_organization_that_must_be_verified_has_a_right_key(status: int) -> None:
    told = "Your organization must be verified to use the model `gpt-image-2.5-flare`. Please go to: https://x.test"
    fault = fault_of_answer(status, {}, refusal(message=told, type="invalid_request_error", code=None, param=None))
    assert type(fault) is OrganizationUnverified
    assert "verified" in fault.owner_text
    assert "key" not in fault.owner_text
    meaning = meaning_of(fault)
    assert (meaning.mistake, meaning.bill, meaning.elsewhere) == (Mistake.OWNER, Bill.NONE, Elsewhere.AT_ONCE)
    assert meaning.sentence.key == "fault-model-unavailable"  # members can take another model


def test_the_request_id_of_a_message() -> None:
    fault = fault_of_answer(500, {}, refusal(message="oops (request id: 20261123081530abc)"))
    assert "request 20261123081530abc" in fault.owner_text


REFUSED_SETTINGS = {
    "ratio": ("Invalid value at 'generation_config.image_config.aspect_ratio'", "the aspect ratio"),
    "size": ("imageSize is not supported", "the size"),
    "thinking": ("Thinking level HIGH is not supported: generationConfig.thinkingConfig", "the thinking level"),
}
"""By setting: how an endpoint refuses a value, and what the owner reads."""


def test_every_setting_can_be_refused_by_its_name() -> None:
    assert set(REFUSED_SETTINGS) == {setting.name for setting in SETTINGS}


@pytest.mark.parametrize(
    ("message", "named"),
    [
        *REFUSED_SETTINGS.values(),
        ("Multiple candidates is not enabled for this model", "the number of pictures"),
        ("Unable to process input image", "a source picture"),
        ("no", "a setting"),
    ],
)
def test_the_setting_is_named(message: str, named: str) -> None:
    fault = fault_of_answer(400, {}, refusal(message=message, status="INVALID_ARGUMENT"))
    assert type(fault) is SettingRejected
    assert fault.owner_text == f"the endpoint refused {named} (HTTP 400, INVALID_ARGUMENT)"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"[[]]",
        b'"no"',
        b"{}",
        b'{"error":null}',
        b'{"error":[]}',
        b'{"error":7}',
        b"\xff\xfe",
        b"[" * 60_000,
    ],
    ids=repr,
)
def test_whatever_the_body_is_the_status_says_enough(body: bytes) -> None:
    assert type(fault_of_answer(503, {}, body)) is EndpointBusy


@pytest.mark.parametrize("value", [None, [], {}, "error", {"candidates": []}, {"error": None}, {"error": {}}, [1, 2]])
def test_an_answer_without_an_error_is_none(value: object) -> None:
    assert fault_in_json({}, value) is None
