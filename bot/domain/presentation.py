"""How pictures leave for a chat: which file goes out how, given its bytes and pixels and what the chat takes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """How a picture is to be written anew, in the shape it has.

    What comes of it never has more bytes or pixels than this; it has fewer pixels where its bytes would be too many.
    """

    mime: str
    transparent_mime: str | None  # for a picture that can be seen through; None: it is put on white
    quality: int  # 1 to 100, as the encoders count; less where the bytes would be too many
    width: int  # pixels
    height: int  # pixels
    most_bytes: int
