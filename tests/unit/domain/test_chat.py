"""Addresses and the fault tree."""

from bot.domain.chat import Address
from bot.domain.errors import PictureFault
from bot.domain.image_faults import FAILURES, ImageFault


def test_an_address_never_shows_itself() -> None:
    assert "secret" not in repr(Address("secret"))
    assert "secret" not in f"{[Address('secret')]}"


def test_every_failure_has_a_sentence_of_its_own_code() -> None:
    faults: list[type[ImageFault | PictureFault]] = [
        *ImageFault.__subclasses__(),
        *PictureFault.__subclasses__(),
    ]
    assert len(FAILURES) == len(faults)
    assert all(FAILURES[fault.code] == fault.sentence for fault in faults)
