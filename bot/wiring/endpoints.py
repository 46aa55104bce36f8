"""Builds one image API from the endpoints of a configuration."""

from typing import assert_never

from bot.config import Endpoint, Settings
from bot.config.settings import (
    DemoEndpointSettings,
    GeminiEndpointSettings,
    HttpEndpointSettings,
    OpenAiChatEndpointSettings,
    OpenAiImagesEndpointSettings,
)
from bot.domain.catalogue.endpoint_formats import EndpointFormat
from bot.domain.catalogue.models import ModelCatalog
from bot.image_api.endpoint import Access, HttpEndpoint
from bot.image_api.formats.chat_completions import ChatCompletionsFormat
from bot.image_api.formats.gemini import GeminiFormat
from bot.image_api.formats.images import ImagesFormat
from bot.image_api.formats.wire_format import WireFormat
from bot.image_api.links.linked_pictures import LinkedPictures
from bot.image_api.routing.route import Route
from bot.image_api.routing.router import Close, Router
from bot.pictures.workshop import Workshop
from bot.ports import Clock, ImageApi
from bot.wiring.clock import SystemClock


def build_image_api(settings: Settings, workshop: Workshop, clock: Clock | None = None) -> ImageApi:
    """Build a router over the endpoints that the configuration names, with the clients that fetch linked pictures.

    Source pictures are decoded in the workshop. Retries wait by `clock`; the default is the system clock.
    """
    also_close: list[Close] = []
    return Router(
        [_route(endpoint, settings, workshop, also_close) for endpoint in settings.endpoints],
        settings.known,
        clock or SystemClock(),
        retry_billed=settings.jobs.retry_billed,
        longest_wait_seconds=settings.jobs.longest_wait_seconds,
        also_close=also_close,
    )


def _route(endpoint: Endpoint, settings: Settings, workshop: Workshop, also_close: list[Close]) -> Route:
    chosen = endpoint.settings
    if isinstance(chosen, DemoEndpointSettings):
        api: ImageApi = _demo(chosen, settings, workshop)
        return Route(name=chosen.name, api=api, carries=endpoint.carries, most_at_once=settings.jobs.most_at_once)
    links = LinkedPictures(allowed_hosts=frozenset(chosen.fetch_from))
    also_close.append(links.close)
    api = HttpEndpoint(_access(chosen), _wire_format(chosen), catalogue=settings.known, links=links, workshop=workshop)
    return Route(
        name=chosen.name,
        api=api,
        carries=endpoint.carries,
        most_at_once=chosen.most_at_once,
        share=chosen.share,
        replacements=_replacements(endpoint, settings.known),
    )


def _replacements(endpoint: Endpoint, known: ModelCatalog) -> dict[str, frozenset[str]]:
    """Return the successors of an endpoint's models. One is requested if the endpoint says that a model is retired."""
    served = [known.find(name) for name in endpoint.models]
    successors = [known.find(model.successor) for model in served if model and model.successor]
    return {
        model.name: model.formats[endpoint.settings.format]
        for model in successors
        if model and endpoint.settings.format in model.formats
    }


def _access(chosen: HttpEndpointSettings) -> Access:
    return Access(
        name=chosen.name,
        base_url=str(chosen.base_url),
        api_key=chosen.api_key,
        auth=chosen.auth,
        most_request_bytes=int(chosen.most_request_mb * 1_000_000),
    )


def _wire_format(
    chosen: GeminiEndpointSettings | OpenAiChatEndpointSettings | OpenAiImagesEndpointSettings,
) -> WireFormat:
    match chosen.format:
        case EndpointFormat.GEMINI:
            return GeminiFormat(dict[str, str](chosen.safety.items()))
        case EndpointFormat.OPENAI_CHAT:
            return ChatCompletionsFormat()
        case EndpointFormat.OPENAI_IMAGES:
            return ImagesFormat(chosen.quality)
        case _:
            assert_never(chosen.format)


def _demo(chosen: DemoEndpointSettings, settings: Settings, workshop: Workshop) -> ImageApi:
    from bot.demo.painter import DemoPainter

    return DemoPainter(settings.known, seconds=chosen.seconds, clock=SystemClock(), workshop=workshop, name=chosen.name)
