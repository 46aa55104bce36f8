"""The error of a command that failed."""

from typing import IO, Any

import click


class Failed(click.ClickException):
    """The command failed. The message says why and what to do. Exit status 1."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the message on stderr, in one line."""
        click.echo(f"plantain: {self.message}", err=True, file=file)
