"""The doors of the house: what the core asks of a chat, of an image API, of the store, and nothing more.

Every method says what it raises. Where nothing is said, a fault is a defect and may end the process: everything
that was accepted is in the store and goes on at the next start.
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
