"""`[platforms.web]`: the address of the page, and the limits on connections."""

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from adapters.http_server.limits import ConnectionLimits

_LISTEN = re.compile(r"(?P<host>\[[0-9A-Fa-f:.%\w]+\]|[^\s:/\[\]]+):(?P<port>\d{1,5})")
_HIGHEST_PORT = 65_535


def _check_listen(value: str) -> str:
    match = _LISTEN.fullmatch(value)
    if match is None or int(match["port"]) > _HIGHEST_PORT:
        raise ValueError("must be HOST:PORT, such as 127.0.0.1:8080 (port 0 takes a free one)")
    return value


class WebSettings(BaseModel):
    """The settings of the web platform."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    listen: Annotated[str, AfterValidator(_check_listen)] = "127.0.0.1:8080"  # HOST:PORT; port 0 takes a free one
    most_connections: Annotated[int, Field(ge=1, le=100_000)] = 256
    most_connections_per_address: Annotated[int, Field(ge=1, le=100_000)] = 128

    @property
    def connection_limits(self) -> ConnectionLimits:
        """The connection limits of the HTTP server."""
        return ConnectionLimits(most=self.most_connections, most_per_address=self.most_connections_per_address)

    @property
    def host(self) -> str:
        """The host to listen on, without the brackets of an IPv6 address."""
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The port to listen on; 0 means any free port."""
        return int(self.listen.rpartition(":")[2])
