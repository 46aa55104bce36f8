"""Detect whether a prompt asks for written words in the picture, from quotes and phrases.

In doubt the answer is no: a wrong yes costs more credits than a wrong no.
"""

import re

_SURFACES = (
    r"(?:signs?|signboards?|logos?|posters?|banners?|billboards?|placards?|plaques?|stickers?|badges?|flyers?|covers?|cards?"
    r"|labels?|headlines?|titles?|captions?|inscriptions?|lettering|letters|words|text|bubbles?|t-?shirts?|shirts?|mugs?"
    r"|screens?|tattoos?|graffiti)"
)
_THINGS_WRITTEN = r"(?:text|words?|letters|lettering|captions?|titles?|headlines?|writing)"
_NOT_A_BOOK = r"(?!\ (?:an?|the|his|her|their|my|in|on|at|by|under|books?|newspapers?)\b)"
_SPACES = re.compile(r"[^\S\n]+")
_THINGS_WRITTEN_ZH = "(?:文字|标题|字样)"

# Words that are unwanted or to be removed do not count.
_UNWANTED = re.compile(
    rf"\b(?:no|without|free\ of)\s+(?:\w+\s+){{0,2}}{_THINGS_WRITTEN}\b"
    rf"|\b(?:don['’]?t|do\ not|never|avoid|not)\s+(?:\w+\s+){{0,3}}{_THINGS_WRITTEN}\b"
    r"|\b(?:remove|erase|delete|get\ rid\ of)\b[^.,;!?\n]{0,200}"
    rf"|(?:无|没|不要|不需|不用|不含|不带|不加|不包|不出现|避免|去掉|去除|移除|删除|删掉|擦掉|请勿|别)"
    rf"[^，。；！？,.;!?\n]{{0,8}}?{_THINGS_WRITTEN_ZH}",
    re.VERBOSE,
)

_PHRASES = re.compile(
    r"\b(?:"
    rf"{_SURFACES}\ (?:(?:(?:that|which)\ )?(?:says?|saying|reads?)\b|reading\b{_NOT_A_BOOK})"
    r"|(?<!look\ )(?<!face\ )(?<!smile\ )(?<!expression\ )that\ says\b"
    r"|with\ (?:\w+\ ){0,3}(?:text|captions?|lettering|inscriptions?|slogans?)\b"
    r"|with\ the\ words?\b"
    r"|(?:text|captions?|titles?|headlines?|slogans?|the\ words?)\s*[:：]"
    r"|(?:titled|captioned|labell?ed|inscribed)\b"
    r"|written\ (?:on|across|over|above|below)\b"
    r"|(?:letters|balloons|lights)\ spelling\b|spell(?:s|ing)?\ out\b"
    rf"|(?:change|replace|correct|fix|translate)\ (?:\w+\ ){{0,3}}{_THINGS_WRITTEN}\b"
    r")"
    rf"|写着(?!作业|信|日记|代码|论文|小说|笔记|文章|歌|诗)|写上|写有|(?<!象形){_THINGS_WRITTEN_ZH}",
    re.VERBOSE,
)

# Straight quotes also mean inches: an opening one has no letter or digit before it, a closing one none after it.
_QUOTES = re.compile(
    r"“([^“”]{1,200})”|„([^„“”]{1,200})[“”]|«([^«»]{1,200})»|「([^「」]{1,200})」|『([^『』]{1,200})』|＂([^＂]{1,200})＂"
    r"|(?<![A-Za-z0-9\"])\"(?=[^\s\"])([^\"]{1,200})(?<=\S)\"(?![A-Za-z0-9])"
)
_OF_A_STYLE_BEFORE = re.compile(r"(?:style of|inspired by|based on)\s*$")
_OF_A_STYLE_AFTER = re.compile(r"\s*(?:[- ]?style\b|的?风格)")


def asks_for_words(prompt: str) -> bool:
    """Whether words are to be written in the picture: quoted words, or words that the prompt mentions."""
    wanted = _UNWANTED.sub(" ", _SPACES.sub(" ", prompt.lower())).strip()
    return _PHRASES.search(wanted) is not None or any(_is_to_be_written(quote) for quote in _QUOTES.finditer(wanted))


def _is_to_be_written(quote: re.Match[str]) -> bool:
    """Whether a quote is neither the whole prompt, nor empty, nor the name of a style."""
    text, (start, end) = quote.string, quote.span()
    if quote.group() == text or not any(character.isalnum() for character in quote.group()):
        return False
    return not (_OF_A_STYLE_BEFORE.search(text[max(0, start - 40) : start]) or _OF_A_STYLE_AFTER.match(text, end))
