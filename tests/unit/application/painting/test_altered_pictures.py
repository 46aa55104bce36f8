"""A picture file that has changed by itself is noticed before it is sent."""

from pathlib import Path

from bot.domain.chat import Verb
from bot.domain.errors import MaybeDelivered
from bot.domain.requests.requests import RequestId
from tests.unit.application.house import open_house, png


async def test_what_was_altered_on_the_disk_is_not_sent_and_not_kept(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        house.painter.further_pictures = [png("blue")]
        house.painter.may_paint.clear()
        await house.chat.say("/imagine a fox")
        await house.chat.until_said("status-painting")
        house.chat.faults.append(MaybeDelivered())
        house.painter.may_paint.set()
        asked = await house.chat.until_said("result-uncertain")
        first, second = (await house.store.view(RequestId(1))).results
        async with house.files.local_file(first.picture.sha256) as path:
            path.write_bytes(png("green"))
        await house.chat.press(asked, Verb.SEND)
        said = house.chat.said[await house.chat.until_said("result-not-kept")]
        assert [picture.original for picture in said.pictures] == [second.picture]
        assert not path.exists()
