"""How Discord says no: the codes, their statuses and words."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

_REFUSALS: dict[int, tuple[HTTPStatus, str]] = {
    0: (HTTPStatus.UNAUTHORIZED, "401: Unauthorized"),
    10003: (HTTPStatus.NOT_FOUND, "Unknown Channel"),
    10004: (HTTPStatus.NOT_FOUND, "Unknown Guild"),
    10007: (HTTPStatus.NOT_FOUND, "Unknown Member"),
    10008: (HTTPStatus.NOT_FOUND, "Unknown Message"),
    10013: (HTTPStatus.NOT_FOUND, "Unknown User"),
    10015: (HTTPStatus.NOT_FOUND, "Unknown Webhook"),
    10062: (HTTPStatus.NOT_FOUND, "Unknown interaction"),
    20009: (HTTPStatus.BAD_REQUEST, "Explicit content cannot be sent to the desired recipient(s)"),
    40005: (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Request entity too large"),
    40060: (HTTPStatus.BAD_REQUEST, "Interaction has already been acknowledged."),
    40094: (HTTPStatus.BAD_REQUEST, "This interaction has reached the maximum number of follow-up messages"),
    50003: (HTTPStatus.FORBIDDEN, "Cannot execute action on a DM channel"),
    50001: (HTTPStatus.FORBIDDEN, "Missing Access"),
    50005: (HTTPStatus.FORBIDDEN, "Cannot edit a message authored by another user"),
    50006: (HTTPStatus.BAD_REQUEST, "Cannot send an empty message"),
    50007: (HTTPStatus.FORBIDDEN, "Cannot send messages to this user"),
    50013: (HTTPStatus.FORBIDDEN, "Missing Permissions"),
    50027: (HTTPStatus.UNAUTHORIZED, "Invalid Webhook Token"),
    50033: (HTTPStatus.BAD_REQUEST, "Invalid Recipient(s)"),
    50035: (HTTPStatus.BAD_REQUEST, "Invalid Form Body"),
    50045: (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "File uploaded exceeds the maximum size"),
    50083: (HTTPStatus.BAD_REQUEST, "Thread is archived"),
    160002: (HTTPStatus.BAD_REQUEST, "Cannot reply without permission to read message history"),
    200000: (HTTPStatus.BAD_REQUEST, "Message was blocked by automatic moderation"),
}


class Refusal(Exception):
    """Discord's own no. `violations`: what makes the test fail, since no client should ever ask for it.

    `errors` says what is wrong with which field, each as its code and words.
    """

    def __init__(
        self, code: int, *, violations: Iterable[str] = (), errors: Mapping[str, tuple[str, str]] | None = None
    ) -> None:
        self.code = code
        self.status, self.message = _REFUSALS.get(code, (HTTPStatus.BAD_REQUEST, f"Refused with {code}"))
        self.violations = list(violations)
        self._errors = dict(errors or {})
        super().__init__(f"{self.status.value} {code}: {self.message} {'; '.join(self.violations)}")

    @property
    def body(self) -> dict[str, Any]:
        """The JSON that the client reads."""
        fields: dict[str, list[dict[str, str]]] = {}
        for violation in self.violations:
            field, _, words = violation.rpartition(": ")
            fields.setdefault(field or "body", []).append({"code": "BASE_TYPE_BAD", "message": words})
        for field, (code, words) in self._errors.items():
            fields.setdefault(field, []).append({"code": code, "message": words})
        body: dict[str, Any] = {"message": self.message, "code": self.code}
        return body | ({"errors": {field: {"_errors": told} for field, told in fields.items()}} if fields else {})


def bad_form(*violations: str) -> Refusal:
    """Make the refusal of a body that is not as it should be. Each of its faults begins with the field and a colon."""
    return Refusal(50035, violations=violations)


def unknown_reference() -> Refusal:
    """Make the refusal of a message to answer that is not there. A client cannot know that, so it is no violation."""
    return Refusal(50035, errors={"message_reference": ("REPLIES_UNKNOWN_MESSAGE", "Unknown message")})
