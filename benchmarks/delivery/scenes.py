"""Who asks for pictures at once, where, and how fast these are painted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

ChatRef = Literal["telegram group", "telegram private", "discord channel"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Members who ask at the same moment, each once."""

    place: ChatRef
    members: int
    at_once: int  # pictures that are painted at the same time
    seconds: float  # that each takes
    is_since_asking: bool = False  # the seconds are counted from when all asked, not from each one's own beginning


GROUP = "telegram, a group of 30"
CHANNEL = "discord, 12 in a channel"
PRIVATE = "telegram, 100 in private"
SIGN = "telegram, the first sign"

SCENES: Mapping[str, Scene] = {
    GROUP: Scene(place="telegram group", members=30, at_once=30, seconds=7.0, is_since_asking=True),
    CHANNEL: Scene(place="discord channel", members=12, at_once=4, seconds=5.0),
    PRIVATE: Scene(place="telegram private", members=100, at_once=16, seconds=2.0),
    SIGN: Scene(place="telegram private", members=55, at_once=4, seconds=600.0),
}
