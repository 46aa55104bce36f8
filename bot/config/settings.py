"""The tree of settings: every key of a configuration file, with its default."""

import re
from decimal import Decimal
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AnyHttpUrl, BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo

from bot.config.secret import Secret
from bot.domain.catalogue.endpoint_formats import EndpointFormat
from bot.domain.presentation import Originals
from bot.domain.requests.requests import MAX_ATTEMPTS, AfterCrash


class SettingsModel(BaseModel):
    """The base class of all parts of the tree. It is frozen, and an unknown key is a fault."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def _alone(url: AnyHttpUrl) -> AnyHttpUrl:
    if url.username or url.password or url.query or url.fragment:
        raise ValueError("is the address alone, such as https://pictures.example.org")
    return url


class BotSettings(SettingsModel):
    """`[bot]`: the bot's name, language, data folder and public address."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=32)] = "Plantain"
    language: Literal["en", "zh-CN"] = "en"  # used if a member's own language is not known
    data_dir: Path = Path("plantain-data")  # relative to the configuration file
    # The public address of the page's server, for links to originals that a chat does not accept.
    public_url: Annotated[AnyHttpUrl, AfterValidator(_alone)] | None = None
    originals: Originals = Originals.BUTTON  # large originals are sent when File is pressed, or without a press
    mention_after_seconds: Annotated[float, Field(ge=0, le=86_400)] = 15.0  # slower results mention their member


class StoreSettings(SettingsModel):
    """`[store]`: the database."""

    url: Annotated[str, StringConstraints(pattern=r"^sqlite:///.+")] = "sqlite:///plantain.db"  # relative to data_dir


class JobSettings(SettingsModel):
    """`[jobs]`: how many pictures are made at once, how often each is tried, and how long one waits."""

    most_at_once: Annotated[int, Field(ge=1, le=256)] = 4
    after_crash: AfterCrash = AfterCrash.REPAINT
    # Attempts at one picture that may have been billed, before and after a crash, at all endpoints together.
    max_attempts: Annotated[int, Field(ge=1, le=5)] = MAX_ATTEMPTS
    retry_billed: bool = True  # one more attempt if the first one may have been billed
    # How long a picture waits for endpoints with a rate limit or an open circuit, in addition to its own time.
    longest_wait_seconds: Annotated[float, Field(ge=0, le=3_600)] = 300.0
    grace_seconds: Annotated[float, Field(ge=0, le=600)] = 90.0  # how long a shutdown waits for pictures being made
    delivery_grace_seconds: Annotated[float, Field(ge=0, le=600)] = 30.0  # and for results that are being sent


Name = Annotated[str, StringConstraints(min_length=1, max_length=32)]
Share = Annotated[float, Field(gt=0, lt=1)]
"""The part of all members that uses something new first, for example 0.05 for 5 %."""

CATEGORIES = {
    name: f"HARM_CATEGORY_{name.upper()}"
    for name in ("harassment", "hate_speech", "sexually_explicit", "dangerous_content", "civic_integrity")
}
THRESHOLDS = {
    "off": "OFF",
    "block-none": "BLOCK_NONE",
    "block-only-high": "BLOCK_ONLY_HIGH",
    "block-medium-and-above": "BLOCK_MEDIUM_AND_ABOVE",
    "block-low-and-above": "BLOCK_LOW_AND_ABOVE",
}
"""Safety thresholds, as written here and in Google's spelling: https://ai.google.dev/api/generate-content."""


def _to_category(written: str) -> str:
    if written not in CATEGORIES:
        raise ValueError(f"there is no such category; there are {', '.join(CATEGORIES)}")
    return CATEGORIES[written]


def _to_threshold(written: str) -> str:
    if written not in THRESHOLDS:
        raise ValueError(f"must be one of {', '.join(THRESHOLDS)}")
    return THRESHOLDS[written]


def _trimmed(url: AnyHttpUrl) -> AnyHttpUrl:
    """Remove the API path that people paste along with the address: each request adds it again."""
    if url.username or url.password or url.query or url.fragment:
        raise ValueError("is the address alone; a key belongs into api_key")
    return AnyHttpUrl(_REST_OF_THE_PATH.sub("", str(url)))


def _encrypted(url: AnyHttpUrl, info: ValidationInfo) -> AnyHttpUrl:
    if url.scheme == "http" and not _is_this_machine(url.host or "") and not info.data.get("allow_plain_http"):
        raise ValueError(
            "is plain http to another machine, so that everybody on the way could read the key and the pictures; "
            "use https, or set allow_plain_http = true where the network is your own"
        )
    return url


def _is_this_machine(host: str) -> bool:
    name = host.strip("[]").rstrip(".").lower()
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


_PASTED_PATHS = "|".join(re.escape(path) for each in EndpointFormat for path in each.facts.pasted_paths)
_REST_OF_THE_PATH = re.compile(rf"(?:{_PASTED_PATHS})?/*$")


def _to_host(value: str) -> str:
    try:
        return str(ip_address(value))
    except ValueError:
        if not _HOST_NAME.fullmatch(value):
            raise ValueError("is no host name or IP address; write it without scheme, port and path") from None
        return value.lower()


_HOST_NAME = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")

Host = Annotated[str, AfterValidator(_to_host)]


Cost = Annotated[Decimal, Field(ge=0, le=1_000, decimal_places=6)]
"""The owner's cost of a picture, in the owner's currency."""


class HttpEndpointSettings(SettingsModel):
    """The keys of `[[endpoints]]` that all formats over HTTP share."""

    name: Name
    allow_plain_http: bool = False  # for base_url: key, prompts and pictures would cross the network unencrypted
    base_url: Annotated[AnyHttpUrl, AfterValidator(_trimmed), AfterValidator(_encrypted)]
    api_key: Secret
    auth: Literal["bearer", "x-goog-api-key"] = "bearer"
    models: tuple[str, ...] = ()  # empty: every model of the catalogue that is available in the format
    cost: dict[str, dict[str, Cost]] = Field(default_factory=dict)  # by model and size; others as in the catalogue
    share: Share | None = None  # this share of members tries the endpoint first, the others last
    most_at_once: Annotated[int, Field(ge=1, le=1_000)] = 8  # requests in flight
    most_request_mb: Annotated[float, Field(ge=1, le=1_000)] = 20.0  # of 1,000,000 bytes
    fetch_from: tuple[Host, ...] = ()  # linked pictures may be downloaded from these hosts, even at private addresses


class GeminiEndpointSettings(HttpEndpointSettings):
    """`[[endpoints]]` with `format = "gemini"`: Google's own format."""

    format: Literal[EndpointFormat.GEMINI]
    safety: dict[Annotated[str, AfterValidator(_to_category)], Annotated[str, AfterValidator(_to_threshold)]] = Field(
        default_factory=dict
    )  # in Google's own names


class OpenAiChatEndpointSettings(HttpEndpointSettings):
    """`[[endpoints]]` with `format = "openai-chat"`: chat completions, which carry neither ratios nor sizes."""

    format: Literal[EndpointFormat.OPENAI_CHAT]


class OpenAiImagesEndpointSettings(HttpEndpointSettings):
    """`[[endpoints]]` with `format = "openai-images"`: OpenAI's own format for pictures."""

    format: Literal[EndpointFormat.OPENAI_IMAGES]
    quality: Literal["auto", "low", "medium", "high", "xhigh", "max"] = "medium"  # what the catalogue's costs are for


class DemoEndpointSettings(SettingsModel):
    """`[[endpoints]]` with `format = "demo"`: the built-in painter."""

    name: Name = "demo"
    format: Literal[EndpointFormat.DEMO]
    seconds: Annotated[float, Field(ge=0, le=600)] = 2.0  # how long a picture takes, so that its progress can be seen
    models: tuple[str, ...] = ()


EndpointSettings = Annotated[
    GeminiEndpointSettings | OpenAiChatEndpointSettings | OpenAiImagesEndpointSettings | DemoEndpointSettings,
    Field(discriminator="format"),
]


class PictureFilesSettings(SettingsModel):
    """`[pictures]`: how much disk space picture files may take, and how long links to them work."""

    most_gb: Annotated[float, Field(ge=0.1, le=1_000_000)] = 20.0  # of 1,000,000,000 bytes
    link_days: Annotated[float, Field(gt=0, le=365)] = 7.0  # how long a link to an original works


Days = Annotated[float, Field(gt=0, le=36_500)]


class RetentionSettings(SettingsModel):
    """`[retention]`: how many days stored data is kept. The ledger is kept for ever."""

    picture_days: Days = 90.0  # with their requests and messages; since the last request that a picture belongs to
    event_days: Annotated[float, Field(ge=7, le=36_500)] = 30.0  # platforms repeat events that were not acknowledged
    entry_days: Days = 90.0  # of the page, and the context of Discord's forms and private answers
    waiting_days: Days = 365.0  # paid pictures that could not be delivered, until their member asks for them
    album_days: Days = 30.0  # which pictures belong together, for members who reply to one of them


class CreditSettings(SettingsModel):
    """`[credits]`: what members may spend."""

    daily: Annotated[int, Field(ge=0, le=1_000_000)]  # each member's credits for a day (UTC)
    confirm_above: Annotated[int, Field(ge=0, le=1_000_000)] = 8  # a request for more credits must be confirmed


class FileSettings(SettingsModel):
    """A configuration file as it is written. The tables of models and platforms are validated later."""

    bot: BotSettings = BotSettings()
    store: StoreSettings = StoreSettings()
    jobs: JobSettings = JobSettings()
    pictures: PictureFilesSettings = PictureFilesSettings()
    retention: RetentionSettings = RetentionSettings()
    endpoints: tuple[EndpointSettings, ...] = ()
    credits: CreditSettings = CreditSettings(daily=0)
    models: dict[str, dict[str, Any]] = Field(default_factory=dict)
    retired: dict[str, str] = Field(default_factory=dict)
    platforms: dict[str, dict[str, Any]] = Field(default_factory=dict)
