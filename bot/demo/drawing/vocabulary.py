"""The words the demo painter knows, in English and Chinese, and how it reads a prompt."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache

from bot.demo.drawing.meanings import Backdrop, Colour, Effect, Hour, Meaning, Subject, Weather, Wishes

MOST_READ = 2000
"""Characters of a prompt that are read."""

MOST_SUBJECTS = 3
MOST_STRANGERS = 5

_WORDS: Mapping[Meaning, str] = {
    Backdrop.MOUNTAINS: "mountain alps hill peak volcano cliff 山 高山 山峰 雪山",
    Backdrop.FOREST: "forest woods woodland jungle pine 森林 树林 林",
    Backdrop.SEA: "sea ocean beach lake coast island river water wave harbour harbor 海 大海 海洋 海边 湖 河 岛 水",
    Backdrop.CITY: "city town street skyline skyscraper tokyo shanghai paris london building 城市 城 街 大楼 上海 北京",
    Backdrop.DESERT: "desert dune sand sahara canyon mars 沙漠 沙丘 戈壁",
    Backdrop.MEADOW: "meadow garden field grass park spring countryside 草地 草原 花园 田野 春天",
    Backdrop.SPACE: "space planet galaxy universe cosmos nebula astronaut 太空 宇宙 星球 银河 宇航员",
    Hour.DAWN: "dawn sunrise morning 黎明 日出 早晨 清晨",
    Hour.DAY: "day daylight noon sunny summer 白天 中午 晴天 夏天",
    Hour.SUNSET: "sunset dusk evening twilight warm autumn 日落 夕阳 黄昏 傍晚 暖 温暖 秋天",
    Hour.NIGHT: "night midnight dark moon moonlight star starry 夜 夜晚 黑夜 月亮 月光 星空 星星",
    Weather.SNOW: "snow snowy snowing winter ice frozen 雪 下雪 雪地 冬天 冰",
    Weather.RAIN: "rain rainy raining storm stormy 雨 下雨 暴雨",
    Weather.FOG: "fog foggy mist misty haze cloud cloudy 雾 云",
    Subject.FOX: "fox 狐狸 狐",
    Subject.CAT: "cat kitten kitty 猫 小猫 猫咪",
    Subject.DOG: "dog puppy wolf 狗 小狗 狼",
    Subject.RABBIT: "rabbit bunny hare 兔 兔子",
    Subject.PANDA: "panda bear 熊猫 熊",
    Subject.BIRD: "bird gull seagull crane swallow 鸟 小鸟 海鸥 鹤 燕子",
    Subject.WHALE: "whale dolphin fish 鲸 鲸鱼 海豚 鱼",
    Subject.BUTTERFLY: "butterfly butterflies 蝴蝶",
    Subject.PERSON: "person people man woman girl boy child hiker traveller traveler 人 女孩 男孩 孩子 少女 旅人",
    Subject.ROBOT: "robot android 机器人",
    Subject.BOAT: "boat ship sail sailboat sailing 船 小船 帆船",
    Subject.HOUSE: "house cabin cottage hut home village 房子 小屋 家 村庄",
    Subject.LIGHTHOUSE: "lighthouse tower 灯塔 塔",
    Subject.TREE: "tree oak 树 大树",
    Subject.FLOWER: "flower tulip poppy poppies daisy rose sunflower blossom 花 花朵 向日葵 玫瑰",
    Subject.ROCKET: "rocket spaceship 火箭 飞船",
    Subject.BALLOON: "balloon 气球 热气球",
    Effect.GREY: "black-and-white|black and white|b&w|monochrome|greyscale|grayscale|grey|gray|黑白|灰|灰色",
    Effect.SEPIA: "sepia|vintage|old photo|antique|复古|老照片|怀旧",
    Effect.INVERT: "invert|inverted|negative|反色|反转|反相",
    Effect.BLUR: "blur|blurred|blurry|soft focus|dreamy|模糊|虚化|梦幻",
    Effect.BRIGHT: "bright|brighter|lighter|vivid|明亮|亮|更亮|鲜艳",
    Effect.MIRROR: "mirror|mirrored|flip|flipped|镜像|翻转",
    Colour.RED: "red crimson scarlet 红 红色",
    Colour.ORANGE: "orange 橙 橙色 橘色",
    Colour.GOLD: "gold golden yellow amber 金 金色 黄 黄色",
    Colour.GREEN: "green emerald 绿 绿色",
    Colour.TEAL: "teal turquoise cyan mint 青 青色",
    Colour.BLUE: "blue azure navy 蓝 蓝色",
    Colour.PURPLE: "purple violet lavender 紫 紫色",
    Colour.PINK: "pink magenta 粉 粉色 粉红",
    Colour.BROWN: "brown chocolate 棕 棕色 褐色",
    Colour.WHITE: "white 白 白色",
    Colour.BLACK: "black 黑 黑色",
    Colour.SILVER: "silver 银 银色",
}

_SILENT = (
    "a an the of in on at by to for with and or but over under near from into is are it its this that very make made"
    " add put turn change draw paint picture image photo photograph painting illustration poster please some one two"
    " three little small big large tiny huge old young beautiful cute sky sun light style scene view background"
    " like as my your his her their our there all more less now high low up down out off through between behind"
    " 的 在 和 与 了 是 一 个 只 张 幅 座 条 棵 朵 片 里 中 上 下 把 变 成 加 让 它 这 那 有 着 请 画 图 小 大"
    " 天 空 子 色"
)


@cache
def _meanings() -> Mapping[str, Meaning]:
    return {
        word: meaning
        for meaning, words in _WORDS.items()
        for word in (words.split("|") if "|" in words else words.split())
    }


@cache
def _silent() -> frozenset[str]:
    return frozenset(_SILENT.split())


@cache
def _pattern() -> re.Pattern[str]:
    """Match a known word (longest first, with its English plural), or any other single word or Chinese character."""
    known = sorted(_meanings(), key=len, reverse=True)
    latin = "|".join(re.escape(word) for word in known if word.isascii())
    chinese = "|".join(word for word in known if not word.isascii())
    return re.compile(
        rf"\b(?P<latin>{latin})(?:e?s)?\b|(?P<chinese>{chinese})|(?P<other>[^\W\d_\u3400-\u9fff]+|[\u3400-\u9fff])"
    )


def _tokens(prompt: str) -> Iterator[Meaning | str]:
    """Yield known words as meanings and unknown ones as they are, in order. Words that say nothing are left out."""
    text = unicodedata.normalize("NFKC", prompt[:MOST_READ]).casefold()
    for found in _pattern().finditer(text):
        if found["other"] is None:
            yield _meanings()[found["latin"] or found["chinese"]]
        elif found["other"] not in _silent() and (len(found["other"]) > 1 or not found["other"].isascii()):
            yield found["other"]


def read_wishes(prompt: str) -> Wishes:
    """Read what a prompt asks for. A colour right before a subject is the subject's, any other is the picture's."""
    tokens = list(_tokens(prompt))
    subjects, tints = _coloured(tokens)
    hours = [token for token in tokens if isinstance(token, Hour)]
    strangers = [token for token in tokens if not isinstance(token, Meaning)]
    return Wishes(
        places=tuple(dict.fromkeys(token for token in tokens if isinstance(token, Backdrop))),
        hour=hours[0] if hours else None,
        weather=frozenset(token for token in tokens if isinstance(token, Weather)),
        tint=tints[0] if tints else None,
        subjects=tuple(subjects.items())[:MOST_SUBJECTS],
        effects=tuple(dict.fromkeys(token for token in tokens if isinstance(token, Effect))),
        strangers=tuple(dict.fromkeys(strangers))[:MOST_STRANGERS],
    )


def _coloured(tokens: list[Meaning | str]) -> tuple[dict[Subject, Colour | None], list[Colour]]:
    """Return the subjects, each with its colour, and the colours that are left over."""
    subjects: dict[Subject, Colour | None] = {}
    tints: list[Colour] = []
    waiting: Colour | None = None
    for token in tokens:
        if isinstance(token, Subject):
            subjects[token] = subjects.get(token) or waiting
            waiting = None
        elif isinstance(token, Meaning):
            tints += [waiting] if waiting else []
            waiting = token if isinstance(token, Colour) else None
    return subjects, [*tints, waiting] if waiting else tints
