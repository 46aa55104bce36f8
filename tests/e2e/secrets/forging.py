"""What a troll tries who knows everything: the ids of somebody else's request, and the numbers of its rows."""

from collections.abc import Sequence

from bot.domain.chat import Verb
from tests.e2e.site import Site

REFUSED = "That doesn't work here: it is too old, or it belongs to another chat. Nothing was charged."
SECRET = "a secret fox"

_OF_RESULT = {Verb.AGAIN, Verb.EDIT, Verb.LARGER}


def stolen_tokens(site: Site) -> Sequence[str]:
    """Return a token of each verb for the oldest request, by its id; then some by its number, as tokens once were."""
    ((request, result),) = site.ask(
        "SELECT requests.public_id, results.public_id FROM results JOIN requests ON requests.id = results.request"
        " ORDER BY results.id LIMIT 1"
    )
    stolen = [f"{verb}:{result if verb in _OF_RESULT else request}" for verb in Verb]
    return [*stolen, "again:1", "retry:1", "edit:1", "larger:1", "delete:1", f"again:{'a' * 24}", "again:x"]


def waiting_token(site: Site) -> str:
    """Return the token that cancels the newest request."""
    ((request,),) = site.ask("SELECT public_id FROM requests ORDER BY id DESC LIMIT 1")
    return f"{Verb.CANCEL}:{request}"


def is_form(token: str) -> bool:
    """Whether a token asks for words first."""
    return token.startswith(f"{Verb.EDIT}:")
