"""The formats of endpoints: one table of what is known about each, and the only list of them.

A member of `EndpointFormat` is a row. Code that does something different for each format matches on the member and ends
with `assert_never`, so that a type check names every place where a new format is missing.
"""

from collections.abc import Container
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

_GEMINI_LIST = "/v1beta/models?pageSize=1000"  # https://ai.google.dev/api/models#method:-models.list
_OPENAI_LIST = "/v1/models"  # https://platform.openai.com/docs/api-reference/models/list


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatFacts:
    """What is known about a format."""

    carries: frozenset[str] = frozenset()  # names of the settings of a picture that a request can say
    model_lists: tuple[str, ...] = ()  # paths of the list of models, in the order to try them
    pasted_paths: tuple[str, ...] = ()  # what people paste behind the address along with it
    most_reference_bytes: int | None = None  # of one source picture; None: only the whole request has a limit


class EndpointFormat(StrEnum):
    """A format of endpoints, by its name in the configuration."""

    facts: FormatFacts
    _value_: str

    def __new__(cls, name: str, facts: FormatFacts) -> Self:
        """Make a member of a row: its name and its facts."""
        member = str.__new__(cls, name)
        member._value_ = name
        member.facts = facts
        return member

    GEMINI = (
        "gemini",
        FormatFacts(
            carries=frozenset({"ratio", "size", "thinking"}),
            # some gateways speak Google's format but list models in the other
            model_lists=(_GEMINI_LIST, _OPENAI_LIST),
            pasted_paths=("/v1beta", "/v1beta/models"),
            most_reference_bytes=7_000_000,  # Vertex AI, image understanding, limits
        ),
    )
    OPENAI_CHAT = (
        "openai-chat",
        FormatFacts(model_lists=(_OPENAI_LIST,), pasted_paths=("/v1", "/v1/models", "/v1/chat/completions")),
    )
    OPENAI_IMAGES = (
        "openai-images",
        FormatFacts(
            carries=frozenset({"ratio", "size"}),
            model_lists=(_OPENAI_LIST,),
            pasted_paths=("/v1/images/generations", "/v1/images/edits"),
            most_reference_bytes=50_000_000,  # https://platform.openai.com/docs/api-reference/images/createEdit
        ),
    )
    DEMO = ("demo", FormatFacts(carries=frozenset({"ratio", "size", "thinking"})))


def most_reference_bytes(names: Container[str]) -> int | None:
    """Return the largest source picture of a model that can be had in these formats; None if there is no limit.

    A maker's limit holds for its models in every format: a gateway that speaks another passes the pictures on to it.
    """
    limits = [each.facts.most_reference_bytes for each in EndpointFormat if each in names]
    return min((limit for limit in limits if limit is not None), default=None)


RENAMED = {"openai": EndpointFormat.OPENAI_CHAT}
"""Old names of formats, which configurations may still use."""
