"""Answers in OpenAI's chat format, as the gateways that have pictures in it write them."""

from typing import Any

from tests.simulators.image_api.answers import Answer, Base64Of, Lines, Picture, Text

CREATED = 1_795_000_000
USAGE = {"prompt_tokens": 17, "completion_tokens": 1290, "total_tokens": 1307}
TASK = "task_01k2m3n4p5q6r7s8t9v0w1x2y3"


def completion(message: dict[str, Any], *, finish: str | None = "stop", **options: Any) -> Answer:
    """Make an answer with this message."""
    choice = {
        "index": 0,
        "message": {"role": "assistant", "refusal": None, **message},
        "logprobs": None,
        "finish_reason": finish,
    }
    return of_choices([choice], **options)


def of_choices(choices: list[dict[str, Any]], **options: Any) -> Answer:
    body = {
        "id": "chatcmpl-89DpgkPSxMggCnoU",
        "object": "chat.completion",
        "created": CREATED,
        "model": "gemini-3-pro-image",
        "choices": choices,
        "usage": USAGE,
    }
    return Answer(body=body, **options)


def said(*parts: str | Base64Of, finish: str = "stop", **options: Any) -> Answer:
    """Make an answer whose content is words, with pictures between them."""
    return completion({"content": Text(*parts)}, finish=finish, **options)


def data_uri(picture: Picture, *, mime: str = "image/png", **options: Any) -> Base64Of:
    return Base64Of(picture=picture, prefix=f"data:{mime};base64,", **options)


def markdown(picture: Picture, **options: Any) -> tuple[str, Base64Of, str]:
    """Write a picture as the gateways of the new-api family do."""
    return "![image](", data_uri(picture, **options), ")"


def one_picture(picture: Picture, **options: Any) -> Answer:
    """Return an answer of shape 37."""
    return said(*markdown(picture), **options)


def image_url(url: Any) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url}}


def events(*documents: Any, line_end: bytes = b"\n", is_done: bool = True, **options: Any) -> Answer:
    """Make an event stream, with all that gateways put between events. Bytes go into it as they are."""
    lines: list[Any] = [b"\xef\xbb\xbf: PING", line_end, line_end]
    for document in documents:
        before = [] if isinstance(document, bytes) else [b"data: "]
        lines += [*before, document, line_end, line_end, b": PING", line_end, line_end]
    lines += [b"data: [DONE]", line_end, line_end] if is_done else []
    return Answer(body=Lines(*lines), headers={"Content-Type": "text/event-stream"}, **options)


def delta(finish: str | None = None, **fields: Any) -> dict[str, Any]:
    return chunk([{"index": 0, "delta": fields, "finish_reason": finish}])


def chunk(choices: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {
        "id": "chatcmpl-89DpgkPSxMggCnoU",
        "object": "chat.completion.chunk",
        "created": CREATED,
        "model": "gemini-3-pro-image",
        "choices": choices,
        **more,
    }


ECHO = '```json\n{\n  "prompt": "a red fox {in snow}, https://elsewhere.test/a.png",\n  "ratio": "3:2"\n}\n```\n\n'
BARE_ECHO = '{\n  "prompt": "a red fox",\n  "referenced_image_ids": ["file-K51ZztW2"]\n}\n\n'
PROGRESS = (
    f"> ID: `{TASK}`\n>🕐 排队中.\n\n> 生成中...\n\n> 进度 **2%**....\n\n> 进度 **34%**\n\n> 进度 **100%**\n\n"
    "> 生成完成 ✅\n\n"
)
FAILED = "{echo}>🕐 排队中.\n\n> 生成失败 ❌\n> 失败原因：{reason}\n\n\n"
TERMINAL = f'```json\n{{"type":"terminal","results_by_frame_index":{{}},"task_id":"{TASK}"}}\n```'


def painted_by_chat(url: str, *, echo: str = ECHO, label: str = "下载⏬") -> str:
    """Return what gpt-4o-image and sora_image say. The second link is the same picture."""
    download = url.replace("/files/", "/files/download/")
    return f"{echo}{PROGRESS}![file_000000007a5451f7]({url})\n[{label}]({download})\n\n"


def in_pieces(text: str, length: int = 7) -> list[str]:
    return [text[start : start + length] for start in range(0, len(text), length)]
