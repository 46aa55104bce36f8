"""`python -m bot` is `plantain`."""

from bot.cli import main

if __name__ == "__main__":
    main()
