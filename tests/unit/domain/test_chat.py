"""Addresses."""

from bot.domain.chat import Address


def test_an_address_never_shows_itself() -> None:
    assert "secret" not in repr(Address("secret"))
    assert "secret" not in f"{[Address('secret')]}"
