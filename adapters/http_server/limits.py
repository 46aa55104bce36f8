"""How many connections a server keeps open, and how long it waits for what a client sends."""

import resource
from dataclasses import dataclass, replace

import structlog

log = structlog.get_logger()

_FILES_PER_CONNECTION = 4
"""One connection for every four files that the process may open: an upload needs a second one, and the database, the
gateways, the chats and the decoders need theirs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionLimits:
    """The limits of one server. Times are in seconds."""

    most: int
    most_per_address: int
    head_seconds: float = 15.0  # from the connection to the end of the first request's head
    idle_seconds: float = 75.0  # between two requests of a connection; proxies close theirs after 60
    body_seconds: float = 180.0  # the page gives up its own uploads after 120
    body_grace_seconds: float = 15.0  # so long a body may rest before its rate counts
    body_bytes_per_second: float = 1024.0
    body_check_seconds: float = 2.0  # so often is looked
    lingering_seconds: float = 5.0  # a body that nobody wants is still received, so that the client reads the answer

    def within_open_files(self) -> "ConnectionLimits":
        """These limits, lowered to what the process's limit of open files (RLIMIT_NOFILE) allows."""
        open_files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        most = (
            self.most if open_files == resource.RLIM_INFINITY else min(self.most, open_files // _FILES_PER_CONNECTION)
        )
        if most < self.most:
            log.warning("connections-limited", most=most, configured=self.most, open_files=open_files)
        return replace(self, most=max(1, most))
