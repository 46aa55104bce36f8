"""Parse typed commands: the grammar, its faults and suggestions, and the command menu.

The grammar forgives what chats and phones do: an em or en dash stands for `--`, a full-width colon for `:`, flags may
stand anywhere, `=` may join a flag to its value. The prompt keeps its line breaks, quotes and capitals.
"""

import difflib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from bot.domain.catalogue.models import ImageModel, ModelCatalog
from bot.domain.catalogue.picture_settings import SETTINGS, PictureSettings, Setting, Value
from bot.domain.chat import Sentence
from bot.domain.errors import CommandFault
from bot.domain.events import CommandCall
from bot.domain.prompt.choosing import ModelQuery, check_offered, choose_model
from bot.domain.prompt.flags import FLAGS, SWITCHES, in_short, note_flag, take_flags
from bot.domain.prompt.permutations import MOST_COUNTED, Permutations
from bot.domain.requests.requests import PictureWish
from bot.domain.storable_text import REPLACEMENT

PROMPT_LIMIT = 8_000
"""Maximum characters of a prompt; more than any model reads carefully."""

MOST_ALIKE = 4
"""Maximum pictures of one prompt at once (`--n`)."""

MOST_AT_ONCE = 10
"""Maximum pictures of one request: what fits into one album on every platform."""

_MOST_DIGITS = 4
_MOST_COMMAND = 40
_NUMBER = re.compile(r"[#＃](?P<number>\d{1,3})(?!\S)\s*")
_COMMAND = re.compile(r"[/／](?P<name>[A-Za-z][A-Za-z0-9_]*)(?:@(?P<bot>\w+))?(?=\s|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuValue:
    """A value of an option, for platforms that suggest values."""

    value: str
    title: str
    models: frozenset[str] | None = None  # names of the models that have it; None: it does not depend on the model


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuOption:
    """An option of a command, for platforms that show one field for each."""

    name: str
    title: Sentence  # its name in the member's language: one word without spaces
    summary: Sentence
    is_required: bool = False
    takes_value: bool = True  # a switch takes none: it is present with an empty value, or absent
    values: tuple[MenuValue, ...] = ()  # all allowed values; empty: anything, or unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuCommand:
    """A command as a platform lists it."""

    name: str
    summary: Sentence
    example: str
    options: tuple[MenuOption, ...] = ()
    takes_pictures: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedPrompt:
    """A parsed command: a wish with every default filled in, and one prompt for each job."""

    wish: PictureWish
    prompts: tuple[str, ...]


_OPTIONS = (
    *(MenuOption(name=each.flag, title=each.title, summary=each.summary) for each in SETTINGS),
    MenuOption(name="model", title=Sentence("menu-name-model"), summary=Sentence("menu-option-model")),
    MenuOption(name="n", title=Sentence("menu-name-n"), summary=Sentence("menu-option-n")),
    MenuOption(name="fast", title=Sentence("menu-name-fast"), summary=Sentence("menu-option-fast"), takes_value=False),
    MenuOption(name="best", title=Sentence("menu-name-best"), summary=Sentence("menu-option-best"), takes_value=False),
)

MENU: tuple[MenuCommand, ...] = (
    MenuCommand(
        name="imagine",
        summary=Sentence("menu-imagine"),
        example="/imagine a red fox in snow --ar 16:9 --size 4K",
        options=(
            MenuOption(
                name="prompt",
                title=Sentence("menu-name-prompt"),
                summary=Sentence("menu-option-prompt"),
                is_required=True,
            ),
            *_OPTIONS,
        ),
        takes_pictures=True,
    ),
    MenuCommand(
        name="edit",
        summary=Sentence("menu-edit"),
        example="/edit make it night",
        options=(
            MenuOption(
                name="prompt",
                title=Sentence("menu-name-prompt"),
                summary=Sentence("menu-option-change"),
                is_required=True,
            ),
            *_OPTIONS,
        ),
        takes_pictures=True,
    ),
    MenuCommand(name="cancel", summary=Sentence("menu-cancel"), example="/cancel"),
    MenuCommand(name="credits", summary=Sentence("menu-credits"), example="/credits"),
    MenuCommand(name="help", summary=Sentence("menu-help"), example="/help"),
)


def menu_of(catalogue: ModelCatalog) -> tuple[MenuCommand, ...]:
    """Return the menu, with the values that each option can have in a catalogue."""
    values = {
        **{setting.flag: _values_by_model(setting, catalogue) for setting in SETTINGS},
        "model": tuple(MenuValue(value=model.name, title=model.title) for model in catalogue.models),
        "n": tuple(MenuValue(value=str(count), title=str(count)) for count in range(1, MOST_ALIKE + 1)),
    }
    return tuple(
        replace(
            command,
            options=tuple(replace(option, values=values.get(option.name, ())) for option in command.options),
        )
        for command in MENU
    )


def _values_by_model(setting: Setting, catalogue: ModelCatalog) -> tuple[MenuValue, ...]:
    """Return each value once, in the order in which the models name them, with the models that have it."""
    models: dict[str, list[str]] = {}
    for model in catalogue.models:
        for value in setting.offered_by(model.offered):
            models.setdefault(str(value), []).append(model.name)
    return tuple(MenuValue(value=value, title=value, models=frozenset(those)) for value, those in models.items())


def read_call(text: str) -> CommandCall | None:
    """Parse the command at the start of a text; None for plain text. `/imagine@OurBot` is `/imagine`."""
    match = _COMMAND.match(text.lstrip())
    if match is None:
        return None
    argument = text.lstrip()[match.end() :]
    return CommandCall(name=match["name"].casefold(), argument=argument.strip(), options={})


def nearest_command(name: str) -> str | None:
    """Return the command of the menu that was probably meant; None if no name is similar."""
    found = difflib.get_close_matches(name[:_MOST_COMMAND], [command.name for command in MENU], n=1, cutoff=0.5)
    return found[0] if found else None


def parse_prompt(
    call: CommandCall, catalogue: ModelCatalog, *, member_key: str = "", pictures: int = 0
) -> ParsedPrompt:
    """Parse a paint command from a call's text and options.

    `member_key` identifies the member, for models on trial; `pictures` is the number of source pictures. Raises
    `CommandFault` for an empty, overlong or unprintable prompt, an unknown or repeated flag, a value that the model
    does not have, or more pictures than are made at once.
    """
    for text in (call.argument, *call.options.values()):
        check_text(text)
    prompt, flags = take_flags(call.argument)
    for name, value in call.options.items():
        note_flag(flags, FLAGS[name], value)
    if not prompt:
        raise CommandFault(Sentence("prompt-empty"))
    choice = _read_choice(flags)
    named = _read_model(flags["model"], catalogue) if choice == "model" else None
    settings = _read_settings(flags, named or catalogue.default, catalogue)
    asked = ModelQuery(prompt=prompt, settings=settings, pictures=pictures)
    model = named or choose_model(asked, catalogue, trait=choice, member_key=member_key)
    check_offered(asked, model, catalogue)
    wish = PictureWish(prompt=prompt, model=model.name, settings=model.completed(settings))
    return ParsedPrompt(wish=wish, prompts=_read_prompts(prompt, flags.get("n")))


def take_numbers(text: str) -> tuple[tuple[int, ...], str]:
    """Split picture numbers off the start of a text: `#2 make it night` gives 2 and the rest."""
    numbers: list[int] = []
    position = 0
    while (match := _NUMBER.match(text, position)) is not None:
        numbers.append(int(match["number"]))
        position = match.end()
    return tuple(dict.fromkeys(numbers)), text[position:]


def check_sources(count: int, model: ImageModel) -> None:
    """Refuse more source pictures than a model takes. Raises `CommandFault`."""
    if count > model.max_references:
        raise CommandFault(
            Sentence("edit-too-many-pictures", model=model.title, limit=model.max_references, given=count)
        )


def check_text(text: str) -> None:
    """Refuse a text that is too long or has characters that nobody types on purpose. Raises `CommandFault`.

    Code that reads a text from outside calls this first, so that all later work is bounded by `PROMPT_LIMIT`.
    """
    if len(text) > PROMPT_LIMIT:
        raise CommandFault(Sentence("prompt-too-long", length=len(text), limit=PROMPT_LIMIT))
    for character in text:
        is_odd = unicodedata.category(character) == "Cc" and character not in "\n\r\t"
        if is_odd or character == REPLACEMENT:  # half an emoji becomes this, for instance
            raise CommandFault(Sentence("prompt-control-characters", code=f"U+{ord(character):04X}"))


def _read_prompts(prompt: str, count: str | None) -> tuple[str, ...]:
    """Return the prompt of each job: every permutation, repeated `count` times."""
    alike = 1 if count is None else _read_count(count)
    permutations = Permutations(prompt)
    if permutations.count * alike > MOST_AT_ONCE:
        wanted = permutations.count * alike if permutations.count < MOST_COUNTED else f"{MOST_COUNTED}+"
        raise CommandFault(Sentence("too-many-pictures", count=wanted, limit=MOST_AT_ONCE))
    prompts = permutations.prompts()
    if not all(prompts):
        raise CommandFault(Sentence("prompt-empty"))
    return tuple(each for each in prompts for _ in range(alike))


def _read_count(value: str) -> int:
    digits = unicodedata.normalize("NFKC", value)
    # Full-width digits from a phone are accepted; a superscript 2 is not.
    is_number = value.isdecimal() and digits.isascii() and len(digits) <= _MOST_DIGITS
    if not (is_number and 1 <= int(digits) <= MOST_ALIKE):
        raise CommandFault(Sentence("count-not-offered", value=in_short(value), limit=MOST_ALIKE))
    return int(digits)


def _read_choice(flags: Mapping[str, str]) -> str | None:
    """Return the one flag that chooses the model, if any. Raises `CommandFault` if there are two."""
    given = [flag for flag in ("model", *SWITCHES) if flag in flags]
    if len(given) > 1:
        raise CommandFault(Sentence("choice-twice", first=f"--{given[0]}", second=f"--{given[1]}"))
    return given[0] if given else None


def _read_model(value: str, catalogue: ModelCatalog) -> ImageModel:
    model = catalogue.find(value)
    if model is not None:
        return model
    near = catalogue.nearest(value)
    names = ", ".join(model.name for model in catalogue.models)
    if near is not None:
        raise CommandFault(Sentence("model-unknown-near", model=in_short(value), near=near.name, models=names))
    raise CommandFault(Sentence("model-unknown", model=in_short(value), models=names))


def _read_settings(flags: Mapping[str, str], model: ImageModel, catalogue: ModelCatalog) -> PictureSettings:
    """Read the flags of all settings. It does not check that a model has their values. Raises `CommandFault`."""
    return PictureSettings.of(
        {
            setting.name: _read_value(setting, flags[setting.flag], (model, *catalogue.models))
            for setting in SETTINGS
            if setting.flag in flags
        }
    )


def _read_value(setting: Setting, typed: str, models: Sequence[ImageModel]) -> Value:
    """Read a value, as the catalogue spells it. Raises `CommandFault` with the values that there are."""
    offered = [setting.offered_by(model.offered) for model in models]
    value = setting.read(typed, chain.from_iterable(offered))
    if value is not None:
        return value
    flag = f"--{setting.flag}"
    values = next(filter(None, offered), None)
    if values is None:
        raise CommandFault(Sentence("setting-without-choice", model=models[0].title, flag=flag))
    told = ", ".join(map(str, values))
    raise CommandFault(Sentence("setting-unreadable", flag=flag, value=in_short(typed), values=told))
