"""Whether a prompt asks for words in the picture: quotes and turns of phrase, and what only looks like them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.prompt.written_words import asks_for_words


@pytest.mark.parametrize(
    "prompt",
    [
        'a shop window with "OPEN" in red',
        "a cake, “Happy Birthday, Mia” on top",
        "un panneau avec « Bienvenue » dessus",
        "ein Schild mit „Willkommen“",
        'a poster: "Hello,\nWorld"',
        "a neon sign that says open late",
        "a logo that reads Plantain",
        "a poster reading WELCOME HOME",
        "a wooden sign saying keep out",
        "two dogs and a mug that says boss",
        "a street at night, a billboard says DRINK WATER",
        "a movie poster titled The Last Fox",
        "a portrait captioned Our Founder",
        "a map with labeled rivers",
        "a fox with the words good night below",
        "a fox with bold white text at the top",
        "a meme with a caption",
        "a banner, text: SUMMER SALE",
        "Headline: Foxes win again",
        "a beach with HELP written across the sand",
        "balloons spelling LOVE",
        "change the text to GRAND OPENING",
        "translate the caption into French",
        "no people, a sign that says quiet please",
        "一家咖啡馆的招牌，上面写着早安",
        "木牌写着“开放”",
        '木牌写着"开放"的商店',
        "海报，标题是春天来了",
        "画面上方加上文字：新年快乐",
        "灯笼上有福字样",
        "墙上「欢迎」两个字",
        "书封面上『红楼梦』",
        "没有人，只有一块牌子，标题为静",
    ],
)
def test_words_to_be_written_are_noticed(prompt: str) -> None:
    assert asks_for_words(prompt)


@pytest.mark.parametrize(
    "prompt",
    [
        "a red fox in snow",
        "a fox that doesn't run, it's asleep, the foxes' den isn't far",
        "don't make it rain",
        "a man, 5'10\" tall, beside a 6'2\" woman",
        'a 12" pizza next to a 14" one, 8" x 10" frame',
        "rough texture, rich context, a textile shop",
        "the text adventure look of the eighties",
        "an untitled abstract painting",
        "a woman reading a book under a sign",
        "a child at a poster reading a comic, letters on the table",
        "a fox, no text, no watermark",
        "a poster without any text",
        "a logo with no words, please don't add any text",
        "do not include captions",
        'remove the text that says "SALE"',
        "erase the caption; make it night",
        'a harbour in the style of "Starry Night"',
        'a harbour in a "film noir" style',
        '"a red fox in snow"',
        "“a red fox in snow”",
        'a fox " in snow " at night',
        'a fox "" in snow',
        "a fox “…” in snow",
        "a face that says it all",
        "a man of few words, lost for words",
        "a sealed letter, old letters in a box",
        "雪地里的红狐狸",
        "海报，不要文字",
        "干净的背景，没有任何文字和水印",
        "去掉图中的标题",
        "无文字的插画",
        "刻满象形文字的石墙",
        "女孩坐在窗边写着作业",
        "『星空』风格的港口",
        "",
    ],
)
def test_what_only_looks_like_it_is_left_alone(prompt: str) -> None:
    assert not asks_for_words(prompt)


HARMLESS = [
    "a",
    "fox",
    "snow,",
    "don't",
    "isn’t",
    "5'10\"",
    '12"',
    "texture",
    "context",
    "reading",
    "—",
    "狐狸",
    "写生",
    "(soft",
    "light)",
]


@given(
    st.lists(st.sampled_from(HARMLESS), min_size=1, max_size=12), st.sampled_from(["“{}”", "«{}»", "「{}」", '"{}"'])
)
def test_quoted_words_are_noticed_anywhere_in_prose_that_asks_for_none(prose: list[str], quotes: str) -> None:
    assert not asks_for_words(" ".join(prose))
    for place in range(len(prose) + 1):
        assert asks_for_words(" ".join([*prose[:place], quotes.format("good night"), *prose[place:]]))
