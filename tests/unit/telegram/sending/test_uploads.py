"""Our files on their way to Telegram."""

import pytest
from telegram import InputFile

from adapters.telegram.sending.uploads import UploadPiece, Uploads
from tests.fakes.pictures import MemoryPictures
from tests.unit.telegram.drawn import drawn
from tests.unit.telegram.platforms import kept, outgoing


async def test_a_file_is_not_read_before_it_leaves_and_is_closed_after(pictures: MemoryPictures) -> None:
    original, shown = await kept(pictures, drawn()), await kept(pictures, drawn(64, 48, kind="JPEG"))
    picture = outgoing(original, shown)
    async with Uploads(pictures) as uploads:
        file = await uploads.open(UploadPiece(picture=picture, is_file=True), is_attached=True)
        copy = await uploads.open(UploadPiece(picture=picture, is_file=False), is_attached=False)
        assert isinstance(file, InputFile)
        handle = file.input_file_content
        assert not isinstance(handle, bytes)
        assert handle.tell() == 0
        assert (file.filename, file.mimetype) == ("plantain-1-1.png", "image/png")
        assert (copy.filename, copy.mimetype) == ("plantain-1-1.jpg", "image/jpeg")
        assert (bool(file.attach_uri), copy.attach_uri) == (True, None)
    assert handle.closed


async def test_a_file_that_is_not_kept_is_not_sent(pictures: MemoryPictures) -> None:
    original = await kept(pictures, drawn())
    pictures.kept.clear()
    with pytest.raises(FileNotFoundError):
        async with Uploads(pictures) as uploads:
            await uploads.open(UploadPiece(picture=outgoing(original), is_file=True), is_attached=True)
