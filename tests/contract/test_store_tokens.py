"""Where a token may be used: in conversations that its request was shown in, and nowhere else."""

import pytest

from bot.domain.chat import PublicId, Verb
from bot.domain.errors import NotFound
from bot.domain.requests.requests import DeliveryState, RequestId
from bot.domain.tokens import OldNumber, TokenUse, read_token
from bot.ports import Store
from tests.contract.stores import BERT, ELSEWHERE, HERE, accept, claimed, paint, posted, ref, use


async def shown(store: Store, key: str = "e1", message: str = "m1") -> RequestId:
    """Make a request whose picture was delivered to the place where it was asked for."""
    request = await accept(store, key)
    await paint(store, await claimed(store), key)
    assert await store.delivered(request, DeliveryState.SENT, posted(message))
    return request


async def refusals(store: Store, of_request: TokenUse, of_result: TokenUse) -> list[str]:
    """Return the sentence keys with which the store refuses both tokens."""
    refused = []
    for asking in (store.request_of_token(of_request), store.result_of_token(of_result)):
        with pytest.raises(NotFound) as caught:
            await asking
        refused += [sentence.key for sentence in caught.value.sentences]
    return refused


UNKNOWN = ["button-unknown", "button-unknown"]


async def test_ids_are_random_and_all_different(store: Store) -> None:
    views = [await store.view(await shown(store, f"e{number}", f"m{number}")) for number in range(3)]
    ids = [*(view.public_id for view in views), *(view.results[0].public_id for view in views)]
    assert len(set(ids)) == 6
    assert all(read_token(f"{Verb.CONFIRM}:{each}") == (Verb.CONFIRM, each) for each in ids)
    assert min(map(len, ids)) * 5 >= 80  # bits: a letter of base32 holds five


async def test_a_request_may_be_used_where_it_is_accepted_from_its_first_moment(store: Store) -> None:
    request = await accept(store, "e1")
    view = await store.view(request)
    assert await store.request_of_token(use(view.public_id)) == request
    with pytest.raises(NotFound):
        await store.request_of_token(use(view.public_id, conversation=ELSEWHERE))


async def test_a_picture_may_be_used_where_it_was_shown_and_nowhere_else(store: Store) -> None:
    request = await shown(store)
    view = await store.view(request)
    (result,) = view.results
    assert await store.request_of_token(use(view.public_id)) == request
    assert await store.result_of_token(use(result.public_id)) == (result, request)
    for place in ({"conversation": ELSEWHERE}, {"platform": "telegram"}):
        here = [use(each, message="m1", **place) for each in (view.public_id, result.public_id)]
        assert await refusals(store, *here) == UNKNOWN


async def test_what_there_is_not_is_refused_in_the_same_words(store: Store) -> None:
    await shown(store)
    for target in (PublicId("a" * 24), PublicId(""), OldNumber(7), OldNumber(10**14)):
        assert await refusals(store, use(target), use(target)) == UNKNOWN


async def test_an_id_of_a_request_is_none_of_a_result(store: Store) -> None:
    view = await store.view(await shown(store))
    assert await refusals(store, use(view.results[0].public_id), use(view.public_id)) == UNKNOWN


async def test_the_number_of_a_row_is_no_token_even_on_the_message_that_shows_it(store: Store) -> None:
    request = await shown(store)
    (result,) = (await store.view(request)).results
    numbers = use(OldNumber(request), message="m1"), use(OldNumber(result.id), message="m1")
    assert await refusals(store, *numbers) == UNKNOWN


async def test_where_an_outcome_falls_back_to_it_may_be_used_too(store: Store) -> None:
    request = await accept(store, "e1")
    await paint(store, await claimed(store), "fox")
    await store.delivered(request, DeliveryState.SENT, posted("m1", conversation=ELSEWHERE))
    view = await store.view(request)
    for conversation in (HERE, ELSEWHERE):
        assert await store.request_of_token(use(view.public_id, conversation=conversation)) == request


async def test_where_a_status_message_is_posted_it_may_be_used_too(store: Store) -> None:
    request = await accept(store, "e1")
    await store.status_posted(request, posted("m1", conversation=ELSEWHERE))
    view = await store.view(request)
    assert await store.request_of_token(use(view.public_id, conversation=ELSEWHERE)) == request


async def test_a_picture_is_answered_where_it_was_shown_and_nowhere_else(store: Store) -> None:
    await shown(store)
    assert len(await store.results_shown_in("web", HERE, ref("m1"))) == 1
    assert await store.results_shown_in("web", ELSEWHERE, ref("m1")) == []
    assert await store.results_shown_in("telegram", HERE, ref("m1")) == []


async def test_another_request_gives_no_right_to_this_one(store: Store) -> None:
    view = await store.view(await shown(store))
    other = await accept(store, "e2", member=BERT, conversation=ELSEWHERE)
    await store.status_posted(other, posted("m2", conversation=ELSEWHERE))
    uses = [use(each, conversation=ELSEWHERE, message="m2") for each in (view.public_id, view.results[0].public_id)]
    assert await refusals(store, *uses) == UNKNOWN
