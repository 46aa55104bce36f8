"""The ports: what the core requires of a chat platform, an image API and the store, and nothing more.

Every method says what it raises. Any other exception is a defect and may end the process. Every accepted request is in
the store and continues at the next start.
"""

from bot.ports.chat import Change, ChatPlatform, Conversation, Handle, Parts, Said, Send, Serving, Texts, Transcript
from bot.ports.image_api import ImageApi, ImageRequest, Journal, SourcePicture
from bot.ports.pictures import LocalFile, PictureFiles, PictureLinks, PictureSink, PictureWriter, Sweep
from bot.ports.services import AnswerQueue, Clock, PlatformServices, Post
from bot.ports.store import Store, WantedSource

__all__ = [
    "AnswerQueue",
    "Change",
    "ChatPlatform",
    "Clock",
    "Conversation",
    "Handle",
    "ImageApi",
    "ImageRequest",
    "Journal",
    "LocalFile",
    "Parts",
    "PictureFiles",
    "PictureLinks",
    "PictureSink",
    "PictureWriter",
    "PlatformServices",
    "Post",
    "Said",
    "Send",
    "Serving",
    "SourcePicture",
    "Store",
    "Sweep",
    "Texts",
    "Transcript",
    "WantedSource",
]
