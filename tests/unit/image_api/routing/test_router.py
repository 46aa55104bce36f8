"""Which endpoint a router asks: who can carry the wish, whose turn it is, and what stands in for a retired model."""

import asyncio
from collections.abc import MutableMapping
from dataclasses import replace
from typing import Any

import pytest

from bot.domain.catalogue.models import ModelCatalog
from bot.domain.catalogue.picture_settings import PictureSettings, Ratio
from bot.domain.image_faults import ImageFault, LinkBroken, ModelUnavailable, SettingRejected
from bot.domain.requests.requests import PictureLink
from bot.domain.shares import is_in_share
from bot.image_api.routing.router import Router
from bot.ports import ImageRequest
from tests.catalogue import built_in_catalogue
from tests.fakes.clock import PassingClock
from tests.fakes.pictures import MemoryPictures
from tests.unit.image_api.orders import FLASH, PRO, NotedJournal, drawn, order, paint
from tests.unit.image_api.routing.scripted import (
    ALL,
    FILES,
    PREVIEW,
    ScriptedEndpoint,
    fault_of,
    route,
    router,
)

WIDE = Ratio(16, 9)
NOTHING: frozenset[str] = frozenset()


def asked(*endpoints: ScriptedEndpoint) -> dict[str, list[str]]:
    """Return what each endpoint was asked for."""
    return {endpoint.name: endpoint.models for endpoint in endpoints if endpoint.orders}


# Who can


async def test_the_first_that_serves_the_model_paints(sink: MemoryPictures) -> None:
    one, two, three = (ScriptedEndpoint(name) for name in ("flash only", "both", "both, too"))
    api = router(route("flash only", one, carries={FLASH: ALL}), two, three)
    await paint(api, sink, order(model=PRO))
    await paint(api, sink, order(model=FLASH))
    assert asked(one, two, three) == {"flash only": [FLASH], "both": [PRO]}


@pytest.mark.parametrize(
    ("ratio", "size", "by"),
    [
        (None, "1K", "plain"),  # this size comes unasked
        (None, None, "plain"),
        (WIDE, "1K", "ratio"),
        (None, "4K", "size"),
        (WIDE, "4K", "all"),
    ],
)
async def test_a_wish_goes_where_all_of_it_can_be_sent(
    sink: MemoryPictures, ratio: Ratio | None, size: str | None, by: str
) -> None:
    carried = {"plain": NOTHING, "ratio": frozenset({"ratio"}), "size": frozenset({"size"}), "all": ALL}
    endpoints = {name: ScriptedEndpoint(name) for name in carried}
    api = router(*(route(name, endpoints[name], carries={PRO: carried[name]}) for name in carried))
    await paint(api, sink, order(ratio=ratio, size=size))
    assert asked(*endpoints.values()) == {by: [PRO]}


@pytest.mark.parametrize(
    ("model", "fault", "text"),
    [
        ("gemini-1-image", ModelUnavailable, "the catalogue has no model gemini-1-image"),
        (PRO, ModelUnavailable, f"no endpoint of the configuration serves {PRO}"),
        (FLASH, SettingRejected, f"no endpoint that serves {FLASH} can be sent the ratio"),
    ],
)
async def test_what_nobody_can_paint_is_refused_before_anything_leaves(
    sink: MemoryPictures, model: str, fault: type[ImageFault], text: str
) -> None:
    journal, endpoint = NotedJournal(), ScriptedEndpoint("gateway")
    with pytest.raises(fault) as caught:
        await paint(
            router(route("gateway", endpoint, carries={FLASH: NOTHING})), sink, order(model=model, ratio=WIDE), journal
        )
    assert caught.value.owner_text == text
    assert (endpoint.orders, journal.left, journal.tries) == ([], [], [])


async def test_a_name_that_is_not_used_any_more_is_the_model_that_is_meant(sink: MemoryPictures) -> None:
    endpoint, journal = ScriptedEndpoint("gateway"), NotedJournal()
    await paint(router(endpoint), sink, order(model="nano-banana-pro-preview", size=None), journal)
    assert (endpoint.models, [each.model for each in journal.tries]) == ([PRO], [PRO])


# Whose turn it is


async def test_a_share_of_accounts_comes_to_a_new_endpoint_first_and_always_the_same(sink: MemoryPictures) -> None:
    old, new = ScriptedEndpoint("old"), ScriptedEndpoint("new")
    api = router(old, route("new", new, share=0.2))
    accounts = [str(number) for number in range(1, 101)]
    for _ in range(2):
        for account in accounts:
            await paint(api, sink, replace(order(), account=account))
    chosen = [each for each in accounts if is_in_share(each, "new", 0.2)]
    assert [each.account for each in new.orders] == chosen * 2
    assert 5 <= len(chosen) <= 40
    assert len(old.orders) + len(new.orders) == 200


@pytest.mark.parametrize(("account", "share"), [("1", 1e-9), ("", 1 - 1e-9)], ids=["not in the share", "nobody"])
async def test_the_others_come_to_a_new_endpoint_when_the_old_ones_fail(
    sink: MemoryPictures, account: str, share: float
) -> None:
    unavailable = [fault_of(ModelUnavailable) for _ in range(2)]
    new, *old = (ScriptedEndpoint("new"), *(ScriptedEndpoint(str(n), fault) for n, fault in enumerate(unavailable)))
    journal = NotedJournal()
    await paint(router(route("new", new, share=share), *old), sink, replace(order(), account=account), journal)
    assert [each.endpoint for each in journal.tries] == ["0", "1", "new"]


async def test_whom_a_new_endpoint_fails_the_old_one_serves(sink: MemoryPictures) -> None:
    old, new, journal = ScriptedEndpoint("old"), ScriptedEndpoint("new", fault_of(ModelUnavailable)), NotedJournal()
    await paint(router(old, route("new", new, share=1 - 1e-9)), sink, replace(order(), account="1"), journal)
    assert [each.endpoint for each in journal.tries] == ["new", "old"]


# Pictures that are painted already


def with_links(*endpoints: str) -> ImageRequest:
    links = tuple(PictureLink(endpoint=name, url=f"{FILES}{name}") for name in endpoints)
    return replace(order(), links=links)


async def test_links_go_to_the_endpoint_whose_answer_named_them_even_where_it_is_full(sink: MemoryPictures) -> None:
    one, two, journal = ScriptedEndpoint("one"), ScriptedEndpoint("two"), NotedJournal()
    await paint(router(one, route("two", two, most_at_once=0)), sink, with_links("two", "two"), journal)
    assert (one.orders, two.orders) == ([], [with_links("two", "two")])
    assert (journal.left, journal.tries) == ([], [])


async def test_links_of_an_endpoint_that_is_gone_are_broken(sink: MemoryPictures) -> None:
    one = ScriptedEndpoint("one")
    with pytest.raises(LinkBroken, match="painted by old, which") as caught:
        await paint(router(one), sink, with_links("old"))
    assert one.orders == []
    assert FILES not in str(caught.value)


async def test_a_broken_link_is_the_end(sink: MemoryPictures) -> None:
    one, two = ScriptedEndpoint("one", fault_of(LinkBroken)), ScriptedEndpoint("two")
    with pytest.raises(LinkBroken):
        await paint(router(one, two), sink, with_links("one"))
    assert (len(one.orders), two.orders) == (1, [])


# Retired models


def wanting(model: str, size: str) -> ImageRequest:
    wished = order(model=model, ratio=WIDE)
    return replace(wished, wish=replace(wished.wish, settings=PictureSettings(ratio=WIDE, size=size)))


def served(*models: str) -> dict[str, frozenset[str]]:
    return dict.fromkeys(models, ALL)


async def test_where_a_model_is_retired_its_successor_is_asked_for_at_once_and_ever_after(
    sink: MemoryPictures, logged: list[MutableMapping[str, Any]]
) -> None:
    endpoint, journal, clock = ScriptedEndpoint("gateway", fault_of(ModelUnavailable)), NotedJournal(), PassingClock()
    api = router(route("gateway", endpoint, carries=served(PREVIEW, PRO)), clock=clock)
    for _ in range(2):
        await paint(api, sink, wanting(PREVIEW, "4K"), journal)
    assert endpoint.models == [PREVIEW, PRO, PRO]
    assert [each.wish.settings for each in endpoint.orders] == [PictureSettings(ratio=WIDE, size="4K")] * 3
    assert [(each.model, each.fault, each.is_billed) for each in journal.tries] == [
        (PREVIEW, "model-unavailable", False),
        (PRO, None, True),
        (PRO, None, True),
    ]
    assert clock.slept == []
    assert [line for line in logged if line["event"] == "model-redirected"] == [
        {"event": "model-redirected", "log_level": "warning", "endpoint": "gateway", "model": PREVIEW, "successor": PRO}
    ]


async def test_two_orders_that_find_out_at_the_same_time_tell_the_owner_once(
    sink: MemoryPictures, logged: list[MutableMapping[str, Any]]
) -> None:
    endpoint = ScriptedEndpoint("gateway", fault_of(ModelUnavailable), fault_of(ModelUnavailable))
    api = router(route("gateway", endpoint, carries=served(PREVIEW, PRO)))
    endpoint.may_answer.clear()
    painting = [asyncio.create_task(paint(api, sink, wanting(PREVIEW, "2K"))) for _ in range(2)]
    await endpoint.until_asked(2)
    endpoint.may_answer.set()
    await asyncio.gather(*painting)
    assert endpoint.models == [PREVIEW, PREVIEW, PRO, PRO]
    assert [line["event"] for line in logged].count("model-redirected") == 1


async def test_a_model_is_retired_at_one_endpoint_only(sink: MemoryPictures) -> None:
    one, two = ScriptedEndpoint("one", fault_of(ModelUnavailable), fault_of(ModelUnavailable)), ScriptedEndpoint("two")
    api = router(*(route(each.name, each, carries=served(PREVIEW, PRO)) for each in (one, two)))
    await paint(api, sink, wanting(PREVIEW, "2K"))
    assert asked(one, two) == {"one": [PREVIEW, PRO], "two": [PREVIEW]}


@pytest.mark.parametrize(
    "carries",
    [{PREVIEW: ALL}, {PREVIEW: ALL, PRO: NOTHING}, {PREVIEW: ALL, FLASH: ALL}],
    ids=["not served", "cannot be sent the size", "another is served"],
)
async def test_without_a_successor_that_can_paint_the_wish_the_next_endpoint_is_asked(
    sink: MemoryPictures, carries: dict[str, frozenset[str]]
) -> None:
    one, two = ScriptedEndpoint("one", fault_of(ModelUnavailable)), ScriptedEndpoint("two")
    api = router(route("one", one, carries=carries), route("two", two, carries=served(PREVIEW)))
    await paint(api, sink, wanting(PREVIEW, "2K"))
    assert asked(one, two) == {"one": [PREVIEW], "two": [PREVIEW]}


async def test_a_size_that_the_successor_lacks_is_not_asked_for(sink: MemoryPictures) -> None:
    models = [
        replace(model, successor=FLASH) if model.name == PREVIEW else model for model in built_in_catalogue().models
    ]
    endpoint = ScriptedEndpoint("one", *(fault_of(ModelUnavailable) for _ in range(2)))
    api = router(route("one", endpoint, carries=served(PREVIEW, FLASH)), catalogue=ModelCatalog(tuple(models)))
    with pytest.raises(ModelUnavailable):
        await paint(api, sink, wanting(PREVIEW, "4K"))
    assert endpoint.models == [PREVIEW]


async def test_successors_in_a_circle_end(sink: MemoryPictures) -> None:
    circle = {PREVIEW: PRO, PRO: PREVIEW}
    models = [replace(model, successor=circle.get(model.name)) for model in built_in_catalogue().models]
    endpoint = ScriptedEndpoint("one", *(fault_of(ModelUnavailable) for _ in range(9)))
    api = router(route("one", endpoint, carries=served(*circle)), catalogue=ModelCatalog(tuple(models)))
    for _ in range(2):
        with pytest.raises(ModelUnavailable):
            await paint(api, sink, order(model=PREVIEW))
    assert endpoint.models == [PREVIEW, PRO, PRO]


# What the owner is told


@pytest.mark.parametrize(
    ("ratio", "size", "pixels", "asked_for"),
    [
        (WIDE, "1K", (1408, 768), None),
        (WIDE, "1K", (1024, 1024), "16:9 1K"),
        (WIDE, "4K", (1376, 768), "16:9 4K"),
        (None, "2K", (1024, 1024), "2K"),
    ],
)
async def test_other_pixels_than_asked_for_are_told(
    sink: MemoryPictures,
    logged: list[MutableMapping[str, Any]],
    ratio: Ratio | None,
    size: str,
    pixels: tuple[int, int],
    asked_for: str | None,
) -> None:
    (made,) = await paint(router(ScriptedEndpoint("gateway", data=drawn(*pixels))), sink, order(ratio=ratio, size=size))
    told = [line for line in logged if line["event"] == "picture-differs"]
    assert (made.picture.width, made.picture.height) == pixels
    assert [(line["endpoint"], line["model"], line["asked"], line["got"]) for line in told] == (
        [("gateway", PRO, asked_for, f"{pixels[0]}×{pixels[1]}")] if asked_for else []
    )


# The end


async def test_closing_closes_every_endpoint_whatever_one_of_them_says(sink: MemoryPictures) -> None:
    class Stuck(ScriptedEndpoint):
        async def close(self) -> None:
            await super().close()
            raise OSError("it does not close")

    endpoints = [ScriptedEndpoint("one"), Stuck("two"), ScriptedEndpoint("three")]
    also = ScriptedEndpoint("what fetches links")
    api = Router(
        [route(each.name, each) for each in endpoints], built_in_catalogue(), PassingClock(), also_close=[also.close]
    )
    with pytest.raises(OSError, match="it does not close"):
        await api.close()
    assert [each.is_closed for each in (*endpoints, also)] == [True] * 4
