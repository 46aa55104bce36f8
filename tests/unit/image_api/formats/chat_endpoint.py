"""An endpoint that speaks OpenAI's format."""

from pydantic import SecretStr

from bot.domain.catalogue.models import ModelCatalog
from bot.image_api.endpoint import Access, HttpEndpoint
from bot.image_api.formats.chat_completions import ChatCompletionsFormat
from bot.image_api.links.linked_pictures import LinkedPictures
from bot.pictures.workshop import Workshop
from tests.catalogue import built_in_catalogue
from tests.simulators.image_api.gateway import KEY


def chat_endpoint(base_url: str, *, key: str = KEY, catalogue: ModelCatalog | None = None) -> HttpEndpoint:
    return HttpEndpoint(
        Access(name="gateway", base_url=base_url, api_key=SecretStr(key)),
        ChatCompletionsFormat(),
        catalogue=catalogue or built_in_catalogue(),
        links=LinkedPictures(allowed_hosts=frozenset({"127.0.0.1"})),
        workshop=Workshop(),
    )
