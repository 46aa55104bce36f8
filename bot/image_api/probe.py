"""Checks an endpoint and its API key at no cost, by requesting its list of models."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

import httpx

from bot.domain.catalogue.endpoint_formats import EndpointFormat
from bot.domain.image_faults import EndpointUnreachable, ImageFault, UnreadableAnswer
from bot.image_api.endpoint import Access, authorization, mask_of
from bot.image_api.faults import fault_in_json, fault_of_answer
from bot.image_api.links.downloads import unlogged
from bot.image_api.transport import fault_of_transport

PROBE_SECONDS = 10.0

MOST_BYTES = 8 * 1024 * 1024
"""A gateway's list of a thousand models, each with its description, has about one megabyte."""

_NO_SUCH_LIST = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelList:
    """The models that an endpoint lists."""

    names: frozenset[str]
    needs_key: bool  # False: the list is public, so it does not show whether the key works


async def list_models(
    access: Access, spoken: EndpointFormat, *, limit_seconds: float = PROBE_SECONDS
) -> ModelList | None:
    """Request the models of an endpoint. Return None if it has no such list.

    Requests the list once more without the key, to learn whether the key is needed. Raises the `ImageFault` that a
    picture request would fail with: the endpoint is unreachable, or the key is rejected.
    """
    mask = mask_of(access)
    try:
        found = await _find_list(access, spoken, limit_seconds)
    except ImageFault as fault:
        mask.hide_in(fault)
        raise
    return found and replace(found, names=mask.names(found.names))


async def _find_list(access: Access, spoken: EndpointFormat, limit_seconds: float) -> ModelList | None:
    async with httpx.AsyncClient(timeout=httpx.Timeout(None, connect=limit_seconds)) as client:
        for path in spoken.facts.model_lists:
            url = f"{access.base_url.rstrip('/')}{path}"
            names = await _ask(client, url, access, limit_seconds)
            if names is not None:
                return ModelList(names=names, needs_key=await _needs_key(client, url, limit_seconds))
    return None


async def _needs_key(client: httpx.AsyncClient, url: str, limit_seconds: float) -> bool:
    try:
        return await _ask(client, url, None, limit_seconds) is None
    except ImageFault:
        return True


async def _ask(
    client: httpx.AsyncClient, url: str, access: Access | None, limit_seconds: float
) -> frozenset[str] | None:
    request = client.build_request("GET", url, headers=authorization(access) if access else {})
    try:
        async with asyncio.timeout(limit_seconds):
            with unlogged():
                response = await client.send(request, stream=True)
            body = await _read(response)
    except TimeoutError as error:
        raise EndpointUnreachable(f"no answer within {limit_seconds:g} s") from error
    except httpx.HTTPError as error:
        raise fault_of_transport(error) from error
    if response.status_code in _NO_SUCH_LIST:
        return None
    if response.status_code != HTTPStatus.OK:
        raise fault_of_answer(response.status_code, response.headers, body)
    return frozenset(_names(response.headers, body))


async def _read(response: httpx.Response) -> bytes:
    body = bytearray()
    try:
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > MOST_BYTES:
                raise UnreadableAnswer(f"the list of models has more than {MOST_BYTES} bytes")
    finally:
        await response.aclose()
    return bytes(body)


def _names(headers: Mapping[str, str], body: bytes) -> Iterator[str]:
    """Parse the model names of a list in either format: some gateways answer in the other."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UnreadableAnswer("the answer is no list of models; is base_url right?") from error
    if fault := fault_in_json(headers, answer):
        raise fault
    models = _list_of(answer)
    if models is None:
        raise UnreadableAnswer("the answer is no list of models; is base_url right?")
    for model in models:
        name = model.get("name", model.get("id")) if isinstance(model, dict) else model
        if isinstance(name, str):
            yield name.removeprefix("models/")


def _list_of(answer: Any) -> list[Any] | None:
    listed = answer.get("models", answer.get("data")) if isinstance(answer, dict) else answer
    return listed if isinstance(listed, list) else None
