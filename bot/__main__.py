"""`python -m bot` is `plantain`.

A process that decodes pictures loads the main module of its parent: here, nothing comes with it.
"""


def main() -> None:
    """Run the program."""
    from bot.cli import main as run

    run()


if __name__ == "__main__":
    main()
