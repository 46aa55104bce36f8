"""Links to originals: for whoever has one, without the page's cookie, and under the public name nothing else."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from yarl import URL

from bot.application.picture_links import SignedLinks
from bot.wiring.clock import SystemClock
from tests.page.alone import PageAlone, page_alone, stranger
from tests.page.core import draw

PUBLIC = "https://pictures.example.org"
SIGNED = SignedLinks(PUBLIC, "secret", SystemClock(), lifetime=timedelta(days=7))


@pytest.fixture
async def public(tmp_path: Path) -> AsyncIterator[PageAlone]:
    async with page_alone(tmp_path, links=SIGNED) as served:
        yield served


async def link(page: PageAlone) -> tuple[str, bytes]:
    png = draw(90, 70)
    picture = (await page.core.keep(png, "x")).original
    return SIGNED.link_to(picture, "a fox.png").removeprefix(PUBLIC), png


async def test_a_link_gives_the_very_bytes_to_a_stranger(public: PageAlone) -> None:
    path, png = await link(public)
    async with stranger(public) as session:
        for name in ("pictures.example.org", "127.0.0.1"):
            async with session.get(URL(path, encoded=True), headers={"Host": name}) as answer:
                assert (answer.status, await answer.read()) == (200, png)
                assert answer.headers["Content-Disposition"] == "inline; filename*=UTF-8''a%20fox.png"
                assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_changed_link_gives_nothing(public: PageAlone) -> None:
    path, _ = await link(public)
    async with stranger(public) as session, session.get(URL(path[:-1] + "g", encoded=True)) as answer:
        assert answer.status == 404


async def test_a_link_cannot_be_made_to_last_longer_or_to_lead_elsewhere(public: PageAlone) -> None:
    path, _ = await link(public)
    until = URL(path, encoded=True).query["until"]
    changes = [(until, str(int(until) + 86_400)), ("a%20fox", "an%20owl"), ("/originals/", "/originals/0")]
    async with stranger(public) as session:
        for old, new in changes:
            assert path.count(old) == 1
            async with session.get(URL(path.replace(old, new), encoded=True)) as answer:
                assert answer.status == 404


@pytest.mark.parametrize("path", ["/", "/events", "/page/main.js", "/pictures/" + "0" * 64])
async def test_the_public_name_leads_to_nothing_else(public: PageAlone, path: str) -> None:
    async with stranger(public) as session, session.get(path, headers={"Host": "pictures.example.org"}) as answer:
        assert answer.status == 421


async def test_without_a_public_address_no_link_opens(tmp_path: Path) -> None:
    async with page_alone(tmp_path) as page:
        path, _ = await link(page)
        async with stranger(page) as session, session.get(URL(path, encoded=True)) as answer:
            assert answer.status == 404
