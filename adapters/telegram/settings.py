"""`[platforms.telegram]`: the bot's token, and how to reach Telegram."""

import re
from typing import Annotated

from pydantic import AfterValidator, AnyHttpUrl, BaseModel, ConfigDict, Field, SecretStr

_TOKEN = re.compile(r"\d{1,20}:[A-Za-z0-9_-]{30,}")
_LISTEN = re.compile(r"(?P<host>\[[0-9A-Fa-f:.%\w]+\]|[^\s:/\[\]]+):(?P<port>\d{1,5})")
_HIGHEST_PORT = 65_535


def _check_token(value: SecretStr) -> SecretStr:
    if not _TOKEN.fullmatch(value.get_secret_value()):
        raise ValueError("is no token of a bot; BotFather gives one, such as 110201543:AAH…")
    return value


def _check_listen(value: str) -> str:
    match = _LISTEN.fullmatch(value)
    if match is None or int(match["port"]) > _HIGHEST_PORT:
        raise ValueError("must be HOST:PORT, such as 127.0.0.1:8443 (port 0 takes a free one)")
    return value


class TelegramSettings(BaseModel):
    """The settings of the Telegram platform."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    token: Annotated[SecretStr, AfterValidator(_check_token)]
    base_url: str = "https://api.telegram.org/bot"  # the token is appended, or replaces {token}
    base_file_url: str = "https://api.telegram.org/file/bot"
    webhook_url: AnyHttpUrl | None = None  # where Telegram posts updates; None: long polling
    webhook_listen: Annotated[str, AfterValidator(_check_listen)] = "127.0.0.1:8443"
    stale_after_minutes: Annotated[float, Field(gt=0, le=24 * 60)] = 60.0  # Telegram keeps messages for a day

    @property
    def bot_id(self) -> int:
        """The bot's user ID, with which its token begins."""
        return int(self.token.get_secret_value().partition(":")[0])

    @property
    def webhook_host(self) -> str:
        """The host to listen on, without the brackets of an IPv6 address."""
        return self.webhook_listen.rpartition(":")[0].strip("[]")

    @property
    def webhook_port(self) -> int:
        """The port to listen on; 0 means any free port."""
        return int(self.webhook_listen.rpartition(":")[2])
