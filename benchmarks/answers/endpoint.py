"""The endpoint of the comparisons: one process that answers every request at once, with a prepared picture.

`python -m benchmarks.answers.endpoint PICTURE` prints its base URL on the first line. It answers in both formats; the
model that is asked for says how large the picture is. Nothing is made or encoded while it is asked: it hands prepared
bytes to the kernel, one thread a connection, so that the client is what is measured.
"""

import argparse
import io
import itertools
import os
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parents[2]
SMALL_MODEL = "gemini-2.5-flash-image"
LARGE_MODEL = "gemini-3-pro-image"
_MARK_BYTES = 3
_HOLD_SECONDS = 0.2
"""A small answer waits so long: those asked for together then need a connection each, and all are warm."""

_GEMINI = (
    b'{"candidates":[{"content":{"parts":[{"inlineData":{"mimeType":"image/png","data":"',
    b'"}}],"role":"model"},"finishReason":"STOP","index":0}],"modelVersion":"benchmark"}',
)
_CHAT_COMPLETIONS = (
    b'{"choices":[{"message":{"role":"assistant","content":"![image](data:image/png;base64,',
    b')"},"finish_reason":"stop","index":0}],"object":"chat.completion","model":"benchmark"}',
)


def noise_picture(width: int, height: int) -> bytes:
    """Return a real PNG that cannot be made smaller: a little more than three bytes a pixel."""
    file = io.BytesIO()
    Image.frombytes("RGB", (width, height), os.urandom(width * height * 3)).save(file, "PNG", compress_level=0)
    return file.getvalue()


@contextmanager
def endpoint_process(picture: Path) -> Iterator[str]:
    """Run an endpoint in a process of its own and yield its base URL. Its large answers contain this picture."""
    arguments = [sys.executable, "-m", "benchmarks.answers.endpoint", str(picture)]
    with subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


@dataclass(frozen=True, slots=True)
class _Answer:
    """A picture as base64. Each answer ends it with another mark, so that no two pictures are one file."""

    base64: bytes

    @classmethod
    def of(cls, picture: bytes) -> "_Answer":
        """Encode a picture. Bytes after its end are no fault, so it is filled up to whole groups of base64."""
        return cls(b64encode(picture + bytes(-len(picture) % 3)))

    def pieces(self, frame: tuple[bytes, bytes], number: int) -> Iterator[bytes]:
        """Yield the body of answer `number`."""
        yield frame[0]
        yield self.base64
        yield b64encode(number.to_bytes(_MARK_BYTES)) + frame[1]

    def length(self, frame: tuple[bytes, bytes]) -> int:
        """Return the bytes of the body."""
        return len(self.base64) + _MARK_BYTES // 3 * 4 + sum(map(len, frame))


class _Endpoint(ThreadingHTTPServer):
    request_queue_size = 64
    daemon_threads = True

    def __init__(self, large: bytes) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.large = _Answer.of(large)
        self.small = _Answer.of(noise_picture(64, 64))
        self.numbers = itertools.count(1)

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore a connection error: a client that was killed in the middle is no news here."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]  # the library names its own socket type


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Endpoint

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        is_gemini = self.path.endswith(":generateContent")
        is_large = LARGE_MODEL in self.path or LARGE_MODEL.encode() in body
        if not is_large:
            time.sleep(_HOLD_SECONDS)
        answer = self.server.large if is_large else self.server.small
        frame = _GEMINI if is_gemini else _CHAT_COMPLETIONS
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(answer.length(frame)))
        self.end_headers()
        for piece in answer.pieces(frame, next(self.server.numbers)):
            self.wfile.write(piece)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the library's name
        """Log nothing: requests are not news here."""


def main() -> None:
    """Serve until terminated."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("picture", type=Path)
    server = _Endpoint(parser.parse_args().picture.read_bytes())
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
