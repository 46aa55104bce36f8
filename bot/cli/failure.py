"""A command that could not be done."""

from typing import IO, Any

import click


class Failed(click.ClickException):
    """The command could not be done; its message says why and what to do. Exit status 1."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the one line on stderr."""
        click.echo(f"plantain: {self.message}", err=True, file=file)
