"""The endpoints of a configuration, as one image API."""

from bot.config import Endpoint, Settings
from bot.image_api.gemini import GeminiEndpoint
from bot.image_api.router import Route, Router
from bot.ports import ImageApi
from bot.wiring.clock import SystemClock


def build_image_api(settings: Settings) -> ImageApi:
    """The endpoints that the configuration names, as one."""
    return Router(
        tuple(
            Route(name=endpoint.settings.name, models=frozenset(endpoint.models), api=_build(endpoint, settings))
            for endpoint in settings.endpoints
        )
    )


def _build(endpoint: Endpoint, settings: Settings) -> ImageApi:
    match endpoint.settings.format:
        case "demo":
            from bot.image_api.demo import DemoPainter

            return DemoPainter(settings.catalogue, seconds=endpoint.settings.seconds, clock=SystemClock())
        case "gemini":
            return GeminiEndpoint(
                base_url=str(endpoint.settings.base_url),
                api_key=endpoint.settings.api_key,
                auth=endpoint.settings.auth,
                catalogue=settings.catalogue,
            )
