"""Pictures that an answer in Google's format gives by their address, or within its words (shapes 9 to 11)."""

from typing import Any

import pytest

from bot.domain.chat import Quoted
from bot.domain.fault_meaning import Bill, Retry
from bot.domain.image_faults import LinkBroken, meaning_of
from bot.image_api.endpoint import HttpEndpoint
from tests.simulators.image_api.answers import Answer, Base64Of, Text
from tests.simulators.image_api.gateway import GatewaySimulator
from tests.simulators.image_api.gemini_shapes import SIGNATURE, answer, image
from tests.unit.image_api.orders import FOX, OTHER, NotedJournal, order, paint
from tests.unit.image_api.streaming.folder_sink import FolderSink

SIGNED = "?OSSAccessKeyId=LTAI5t&Expires=1795000000&Signature=aB1%2Fc%3D"
CAPTION = "Here is your fox."


def by_address(url: str, *, caption: str = "") -> Answer:
    """Return an answer of shape 9, as the gateway's storage group writes it."""
    return answer({"text": f"{caption}{url}", "thoughtSignature": SIGNATURE})


@pytest.mark.parametrize("ampersand", ["&", r"\u0026", "&amp;"])
async def test_9_an_address_in_the_words_is_committed_and_then_fetched(
    simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink, ampersand: str
) -> None:
    url = simulator.put("fox.png", FOX) + SIGNED
    simulator.answer = by_address(url.replace("&", ampersand))
    journal = NotedJournal()
    (made,) = await paint(api, sink, journal=journal)
    assert (sink.content(made.picture), made.words) == (FOX, None)
    (link,) = journal.found_links
    assert (link.url, link.endpoint) == (url, "gateway")
    assert simulator.fetched == ["fox.png"]
    assert "Signature" not in repr(link)


async def test_9_with_a_caption(simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink) -> None:
    url = simulator.put("fox.png", FOX) + SIGNED
    simulator.answer = by_address(url, caption=f"{CAPTION}\n")
    (made,) = await paint(api, sink)
    assert (sink.content(made.picture), made.words) == (FOX, Quoted(CAPTION))


async def test_9_what_cannot_be_committed_is_not_fetched(
    simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink
) -> None:
    class ClaimLostError(Exception):
        pass

    class Refusing(NotedJournal):
        async def links_found(self, links: Any) -> None:
            raise ClaimLostError

    simulator.answer = by_address(simulator.put("fox.png", FOX))
    with pytest.raises(ClaimLostError):
        await paint(api, sink, journal=Refusing())
    assert (simulator.fetched, sink.names) == ([], [])


async def test_an_order_with_links_is_only_fetched(
    simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink
) -> None:
    simulator.answer = by_address(simulator.put("fox.png", FOX))
    before = NotedJournal()
    await paint(api, sink, journal=before)
    wanted = type(order())(wish=order().wish, links=tuple(before.found_links))
    after = NotedJournal()
    (made,) = await paint(api, sink, wanted, after)
    assert sink.content(made.picture) == FOX
    assert (len(simulator.requests), after.left, after.found_links) == (1, [], [])


@pytest.mark.parametrize(
    ("uri", "caption"), [(False, None), (True, None), (False, CAPTION)], ids=["markdown", "bare", "caption"]
)
async def test_10_a_picture_within_the_words(
    simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink, *, uri: bool, caption: str | None
) -> None:
    picture = Base64Of(picture=FOX, prefix="data:image/png;base64,")
    words = f"{caption}\n\n" if caption else ""
    text = Text(words, picture) if uri else Text(f"{words}![image](", picture, ")")
    simulator.answer = answer({"text": text})
    (made,) = await paint(api, sink)
    assert (sink.content(made.picture), made.words) == (FOX, Quoted(caption) if caption else None)


@pytest.mark.parametrize("keys", [("fileData", "fileUri"), ("file_data", "file_uri")])
async def test_11_a_file_by_its_address(
    simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink, keys: tuple[str, str]
) -> None:
    data, uri = keys
    simulator.answer = answer(
        {"text": CAPTION}, {data: {uri: simulator.put("fox", FOX), "mimeType": "image/png"}}, is_judged=False
    )
    (made,) = await paint(api, sink)
    assert (sink.content(made.picture), made.words) == (FOX, Quoted(CAPTION))


async def test_a_picture_and_an_address_are_two_results_where_words_part_them(
    simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink
) -> None:
    url = simulator.put("other.jpg", OTHER)
    simulator.answer = answer({"text": "First."}, image(FOX), {"text": "Second."}, {"fileData": {"fileUri": url}})
    made = await paint(api, sink)
    assert [(sink.content(one.picture), one.words) for one in made] == [
        (FOX, Quoted("First.")),
        (OTHER, Quoted("Second.")),
    ]


@pytest.mark.parametrize(
    "found",
    [
        Answer(body=b"<html>403</html>", status=403),
        Answer(body=b"<html>404</html>", status=404),
        Answer(body=b"<html>expired</html>", headers={"Content-Type": "text/html"}),
        Answer(body=FOX[:60], length_off_by=0),
    ],
    ids=["403", "404", "html", "half"],
)
async def test_39_an_address_that_gives_no_picture_is_told_and_nothing_is_asked_again(
    simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink, found: Answer
) -> None:
    simulator.answer = by_address(simulator.put("fox.png", found) + SIGNED)
    with pytest.raises(LinkBroken) as caught:
        await paint(api, sink)
    assert (meaning_of(caught.value).retry, meaning_of(caught.value).bill) == (Retry.NEVER, Bill.PROBABLE)
    assert "Signature" not in f"{caught.value} {caught.value!r} {caught.value.__cause__!r}"
    assert (len(simulator.requests), sink.names) == (1, [])
