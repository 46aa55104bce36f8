"""Who may come in, over a real socket."""

import asyncio
import os
import stat
from pathlib import Path

import aiohttp
import pytest

from adapters.web.access import SESSION, Access
from bot.domain.errors import CannotListen
from tests.page.alone import PageAlone, guest, page_alone, stranger

PRIVATE = ["/events", "/entries?before=9", "/pictures/" + "0" * 64, "/anything"]


async def status(session: aiohttp.ClientSession, path: str, **headers: str) -> int:
    async with session.get(path, headers=headers, allow_redirects=False) as answer:
        return answer.status


def open_path(page: PageAlone) -> str:
    return page.link.removeprefix(page.origin)


async def test_the_link_lets_one_browser_in_once(tmp_path: Path) -> None:
    async with page_alone(tmp_path) as page, stranger(page) as first, stranger(page) as second:
        async with first.get(open_path(page), allow_redirects=False) as answer:
            cookie = answer.headers["Set-Cookie"]
            assert (answer.status, answer.headers["Location"]) == (303, "/")
        assert await status(second, open_path(page)) == 401
        assert await status(first, "/") == 200
        assert await status(first, open_path(page)) == 303  # pressing the link again is no fault

    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Path=/" in cookie


async def test_looking_at_the_link_does_not_use_it_up(tmp_path: Path) -> None:
    async with page_alone(tmp_path) as page, stranger(page) as session:
        async with session.head(open_path(page), allow_redirects=False) as answer:
            assert answer.status == 405
        assert await status(session, open_path(page)) == 303


@pytest.mark.parametrize("query", ["", "?key=", "?key=wrong", "?key=%E7%8B%90", "?key=None"])
async def test_a_wrong_key_opens_nothing(tmp_path: Path, query: str) -> None:
    async with page_alone(tmp_path) as page, stranger(page) as session:
        assert await status(session, "/open" + query) == 401
        assert await status(session, "/") == 401
        assert await status(session, open_path(page)) == 303  # and the right one still does


async def test_without_the_cookie_there_is_the_door_and_nothing_else(tmp_path: Path) -> None:
    async with page_alone(tmp_path) as page, stranger(page) as session:
        async with session.get("/") as answer:
            door = await answer.text()
            assert answer.status == 401
        statuses = [await status(session, path) for path in PRIVATE]
        posts = []
        for path in ("/messages", "/presses"):
            async with session.post(path, data=b"{}") as answer:
                posts.append(answer.status)

    assert "page-door-title" in door
    assert 'id="page-data"' not in door
    assert statuses == [401] * len(PRIVATE)
    assert posts == [401, 401]
    assert page.core.heard == []


async def test_the_cookie_survives_a_restart(tmp_path: Path) -> None:
    async with page_alone(tmp_path) as page, guest(page) as session:
        cookies = {cookie.key: cookie.value for cookie in session.cookie_jar}

    async with page_alone(tmp_path) as page, stranger(page) as session:
        session.cookie_jar.update_cookies(cookies)
        assert await status(session, "/") == 200


async def test_two_bots_on_one_machine_do_not_overwrite_each_others_cookies(tmp_path: Path) -> None:
    """A browser sends the cookies of a host to each of its ports."""
    folders = tmp_path / "one", tmp_path / "two"
    for folder in folders:
        folder.mkdir()
    async with page_alone(folders[0]) as one, page_alone(folders[1]) as two, guest(one) as session:
        async with session.get(two.link) as answer:
            assert answer.status == 200
        assert await status(session, one.origin + "/") == 200
        assert await status(session, two.origin + "/") == 200


async def test_the_secret_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    async with page_alone(tmp_path):
        files = {name: stat.S_IMODE((tmp_path / name).stat().st_mode) for name in os.listdir(tmp_path)}  # noqa: PTH208 - names alone are wanted

    assert files == {SESSION: 0o600}


async def test_a_broken_secret_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / SESSION).write_bytes(b"\xff half")

    async with page_alone(tmp_path) as page, guest(page) as session:
        assert await status(session, "/") == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "[::", ""])
async def test_another_name_for_this_machine_is_turned_away(tmp_path: Path, host: str) -> None:
    async with page_alone(tmp_path) as page, guest(page) as session:
        assert await status(session, "/", Host=host) == 421
        assert await status(session, "/events", Host=host) == 421


@pytest.mark.parametrize("host", ["localhost:1234", "LOCALHOST", "127.0.0.1:9", "[::1]:80"])
async def test_the_names_of_this_machine_are_welcome(tmp_path: Path, host: str) -> None:
    async with page_alone(tmp_path) as page, stranger(page) as session:
        assert await status(session, "/page/colors.css", Host=host) == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "", "http://["])
async def test_a_post_from_another_page_is_refused(tmp_path: Path, origin: str) -> None:
    async with page_alone(tmp_path) as page, guest(page) as session:
        body = {"key": "12345678", "token": "again:1", "message": await page.say("r1")}
        async with session.post("/presses", json=body, headers={"Origin": origin}) as answer:
            refused = answer.status
        async with session.post("/presses", json=body) as answer:
            taken = answer.status

    assert (refused, taken) == (403, 202)
    assert len(page.core.presses) == 1


@pytest.mark.parametrize("path", ["/", "/page/main.js", "/nothing", "/pictures/" + "0" * 64])
async def test_every_answer_carries_the_policy(tmp_path: Path, path: str) -> None:
    async with page_alone(tmp_path) as page, guest(page) as session, session.get(path) as answer:
        headers = answer.headers

    assert headers["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_the_secrets_do_not_show_themselves() -> None:
    access = Access("s" * 43, "127.0.0.1")

    assert repr(access) == "Access(…)"


async def test_a_taken_port_is_said_at_once(tmp_path: Path) -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        with pytest.raises(CannotListen, match="Address already in use; choose another address"):
            async with page_alone(tmp_path, listen=f"127.0.0.1:{port}"):
                pass
