"""`[platforms.discord]`: the bot's token, and how to reach Discord."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, SecretStr, StringConstraints

_PARTS_OF_A_TOKEN = 3


def _check_token(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value().split(".")) != _PARTS_OF_A_TOKEN or " " in value.get_secret_value():
        raise ValueError("is no token of a bot; it is under Bot in Discord's developer portal, three parts with dots")
    return value


class DiscordSettings(BaseModel):
    """The settings of the Discord platform."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    token: Annotated[SecretStr, AfterValidator(_check_token)]
    # Whether to request the privileged intent that lets the bot read replies to other people's pictures.
    message_content: bool = True
    api_url: Annotated[str, StringConstraints(pattern=r"^https?://\S+[^/\s]$")] = "https://discord.com/api/v10"
    gateway_url: Annotated[str, StringConstraints(pattern=r"^wss?://\S+$")] = "wss://gateway.discord.gg/"
