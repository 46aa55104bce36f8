"""From what somebody typed to a command: the grammar, its faults and its suggestions; and the command menu.

The grammar forgives what chats and phones do: an em or en dash stands for `--`, a full-width colon for `:`, flags
may stand anywhere, `=` may join a flag to its value. The prompt keeps its line breaks, quotes and capitals.
"""

import difflib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.chat import CommandCall, Quoted, Sentence
from bot.domain.errors import CommandFault
from bot.domain.models import Catalogue, ImageModel, Ratio
from bot.domain.requests import PictureWish

PROMPT_LIMIT = 8_000
"""Characters of a prompt; more than any model reads with care."""

_COMMAND = re.compile(r"[/／](?P<name>[A-Za-z][A-Za-z0-9_]*)(?:@(?P<bot>\w+))?(?=\s|$)")

# A flag stands at the start or after white space. Real dashes are two or more; phones make one long dash of them.
_FLAG = re.compile(r"(?<!\S)(?P<dash>-{2,}|－{2}|[—–]+)(?P<name>[A-Za-z][A-Za-z-]*)(?:(?:\s*[=＝]\s*|\s+|(?=\d))|$)")
_VALUE = re.compile(r"\S+")

FLAGS: Mapping[str, str] = {
    "ar": "ar",
    "aspect": "ar",
    "aspect-ratio": "ar",
    "ratio": "ar",
    "size": "size",
    "res": "size",
    "resolution": "size",
    "model": "model",
    "m": "model",
}
"""Every spelling of a flag, and the flag it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuOption:
    """An option of a command, for platforms that show one field for each."""

    name: str
    summary: Sentence
    is_required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuCommand:
    """A command as a platform lists it."""

    name: str
    summary: Sentence
    example: str
    options: tuple[MenuOption, ...] = ()


_SETTINGS = (
    MenuOption(name="ar", summary=Sentence("menu-option-ar")),
    MenuOption(name="size", summary=Sentence("menu-option-size")),
    MenuOption(name="model", summary=Sentence("menu-option-model")),
)

MENU: tuple[MenuCommand, ...] = (
    MenuCommand(
        name="imagine",
        summary=Sentence("menu-imagine"),
        example="/imagine a red fox in snow --ar 16:9 --size 4K",
        options=(
            MenuOption(name="prompt", summary=Sentence("menu-option-prompt"), is_required=True),
            *_SETTINGS,
        ),
    ),
    MenuCommand(
        name="edit",
        summary=Sentence("menu-edit"),
        example="/edit make it night",
        options=(
            MenuOption(name="prompt", summary=Sentence("menu-option-change"), is_required=True),
            *_SETTINGS,
        ),
    ),
    MenuCommand(name="credits", summary=Sentence("menu-credits"), example="/credits"),
    MenuCommand(name="help", summary=Sentence("menu-help"), example="/help"),
)


def read_call(text: str) -> CommandCall | None:
    """The command that a text begins with; None for plain text. `/imagine@OurBot` is `/imagine`."""
    match = _COMMAND.match(text.lstrip())
    if match is None:
        return None
    argument = text.lstrip()[match.end() :]
    return CommandCall(name=match["name"].casefold(), argument=argument.strip(), options={})


def nearest_command(name: str) -> str | None:
    """The command of the menu that somebody probably meant."""
    found = difflib.get_close_matches(name, [command.name for command in MENU], n=1, cutoff=0.5)
    return found[0] if found else None


def read_wish(call: CommandCall, catalogue: Catalogue) -> PictureWish:
    """Read what is to be painted from a call's text and options.

    Raises `CommandFault`: an empty, overlong or unprintable prompt, an unknown or repeated flag, a value that the
    model does not have.
    """
    check_text(call.argument)
    prompt, flags = _take_flags(call.argument)
    for name, value in call.options.items():
        _note(flags, FLAGS[name], value)
    if not prompt:
        raise CommandFault(Sentence("prompt-empty"))
    model = _read_model(flags.get("model"), catalogue)
    return PictureWish(
        prompt=prompt,
        model=model.name,
        ratio=_read_ratio(flags.get("ar"), model),
        size=_read_size(flags.get("size"), model),
    )


def check_sources(count: int, model: ImageModel) -> None:
    """Refuse more pictures than a model takes."""
    if count > model.max_references:
        raise CommandFault(
            Sentence("edit-too-many-pictures", model=model.title, limit=model.max_references, given=count)
        )


def check_text(text: str) -> None:
    """Refuse a text that is too long or holds characters nobody can have typed on purpose."""
    if len(text) > PROMPT_LIMIT:
        raise CommandFault(Sentence("prompt-too-long", length=len(text), limit=PROMPT_LIMIT))
    for character in text:
        if unicodedata.category(character) in {"Cc", "Cs"} and character not in "\n\r\t":
            raise CommandFault(Sentence("prompt-control-characters", code=f"U+{ord(character):04X}"))


def _take_flags(text: str) -> tuple[str, dict[str, str]]:
    """Split a text into the prompt and its flags."""
    flags: dict[str, str] = {}
    kept: list[str] = []
    position = 0
    while (match := _FLAG.search(text, position)) is not None:
        flag = _flag_named(match)
        if flag is None:  # a dash of the prose: "snow —soft light"
            kept.append(text[position : match.end()])
            position = match.end()
            continue
        value = _VALUE.match(text, match.end())
        if value is None or _FLAG.match(text, match.end()):
            raise CommandFault(Sentence("flag-without-value", flag=f"--{flag}"))
        _note(flags, flag, value.group())
        kept.append(text[position : match.start()].rstrip(" \t"))
        position = value.end()
    kept.append(text[position:])
    return "".join(kept).replace("\r\n", "\n").strip(), flags


def _flag_named(match: re.Match[str]) -> str | None:
    """The flag a match names; None if it is prose after all.

    Two hyphens always mean a flag. A long dash is also punctuation, so it needs a name we know or nearly know.
    """
    name = match["name"].casefold()
    if name in FLAGS:
        return FLAGS[name]
    is_typed_flag = match["dash"].startswith(("--", "－－"))
    near = difflib.get_close_matches(name, FLAGS, n=1, cutoff=0.74)
    if near:
        raise CommandFault(Sentence("flag-unknown-near", flag=Quoted(f"--{match['name']}"), near=f"--{FLAGS[near[0]]}"))
    if is_typed_flag:
        raise CommandFault(Sentence("flag-unknown", flag=Quoted(f"--{match['name']}"), flags="--ar, --size, --model"))
    return None


def _note(flags: dict[str, str], flag: str, value: str) -> None:
    """Remember a flag; the same value twice is one, two values are a fault."""
    before = flags.setdefault(flag, value)
    if unicodedata.normalize("NFKC", before).casefold() != unicodedata.normalize("NFKC", value).casefold():
        raise CommandFault(Sentence("flag-twice", flag=f"--{flag}", first=Quoted(before), second=Quoted(value)))


def _read_model(value: str | None, catalogue: Catalogue) -> ImageModel:
    if value is None:
        return catalogue.default
    model = catalogue.find(value)
    if model is not None:
        return model
    near = catalogue.nearest(value)
    names = ", ".join(model.name for model in catalogue.models)
    if near is not None:
        raise CommandFault(Sentence("model-unknown-near", model=Quoted(value), near=near.name, models=names))
    raise CommandFault(Sentence("model-unknown", model=Quoted(value), models=names))


def _read_ratio(value: str | None, model: ImageModel) -> Ratio | None:
    if value is None:
        return None
    ratio = Ratio.parse(value)
    ratios = ", ".join(map(str, model.ratios))
    if ratio is None:
        raise CommandFault(Sentence("ratio-unreadable", value=Quoted(value), ratios=ratios))
    if ratio not in model.ratios:
        raise CommandFault(Sentence("ratio-not-offered", value=str(ratio), model=model.title, ratios=ratios))
    return ratio


def _read_size(value: str | None, model: ImageModel) -> str | None:
    if value is None:
        return model.sizes[0] if model.sizes else None
    size = unicodedata.normalize("NFKC", value).upper()
    if not model.sizes:
        raise CommandFault(Sentence("size-without-choice", model=model.title))
    if size not in model.sizes:
        sizes = ", ".join(model.sizes)
        raise CommandFault(Sentence("size-not-offered", value=Quoted(value), model=model.title, sizes=sizes))
    return size
