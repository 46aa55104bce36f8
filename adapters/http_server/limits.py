"""The limits of a server: how many connections it keeps open, and how long it waits for a client."""

import resource
from dataclasses import dataclass, replace

import structlog

log = structlog.get_logger()

_FILES_PER_CONNECTION = 4
"""The server allows one connection for every four files that the process may open: an upload needs a second file, and
the database, the gateways, the chats and the decoders need files too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionLimits:
    """The limits of one server. Times are in seconds."""

    most: int
    most_per_address: int
    head_seconds: float = 15.0  # from the connection to the end of the first request's head
    idle_seconds: float = 75.0  # between two requests of a connection; proxies close theirs after 60
    body_seconds: float = 180.0  # the page gives up its own uploads after 120
    body_grace_seconds: float = 15.0  # the rate of a body counts only after this time
    body_bytes_per_second: float = 1024.0
    body_check_seconds: float = 2.0  # how often the rate is checked
    lingering_seconds: float = 5.0  # an unwanted body is still read, so that the client reads the answer

    def within_open_files(self) -> "ConnectionLimits":
        """Return these limits, lowered to what the process's limit on open files (RLIMIT_NOFILE) allows."""
        open_files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        most = (
            self.most if open_files == resource.RLIM_INFINITY else min(self.most, open_files // _FILES_PER_CONNECTION)
        )
        if most < self.most:
            log.warning("connections-limited", most=most, configured=self.most, open_files=open_files)
        return replace(self, most=max(1, most))
