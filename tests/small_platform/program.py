"""The program with one more platform: what somebody runs who has an adapter of their own."""

from adapters.registry import PLATFORMS, PlatformEntry
from bot.cli import main
from tests.small_platform.adapter import BoardPlatform, BoardSettings

BOARD = PlatformEntry(settings_model=lambda: BoardSettings, make=BoardPlatform)

if __name__ == "__main__":
    main({**PLATFORMS, "board": BOARD})
