"""Real odd files, from the source archives of programs that met them: each is normalised or refused, within bounds.

They are fetched where `CI` is set, or `PLANTAIN_CORPUS=1`; elsewhere the tests are skipped and say so.
"""

import io
import json
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar, TypeVarTuple

import pytest
from PIL import Image

from bot.application.texts import LANGUAGES, MessageCatalog, plain
from bot.application.wording import failure_of, failure_sentence
from bot.domain.chat import Sentence, StoredPicture
from bot.domain.errors import PictureFault
from bot.domain.image_faults import ImageFault, meaning_of
from bot.domain.presentation import Encoding
from bot.picture_store.picture_files import FolderPictures
from bot.pictures.references import Reference, to_references
from bot.pictures.workers.answers import Plain
from bot.pictures.workshop import Workshop
from bot.ports import SourcePicture
from tests.corpus.archives import CannotFetch, OddPicture, fetch, is_wanted, read_manifest, read_pictures

pytestmark = pytest.mark.timeout(900)

MOST_CPU_SECONDS = 2.0
MOST_GROWTH_BYTES = 300_000_000
PREVIEW = Encoding(
    mime="image/jpeg", transparent_mime="image/webp", quality=85, width=1280, height=1280, most_bytes=500_000
)

ARCHIVES, PICTURES = read_manifest()

Made = TypeVar("Made", bound=Plain)
Arguments = TypeVarTuple("Arguments")


class MeasuredWorkshop(Workshop):
    """A workshop that notes what each piece of work took of the processor and of memory, by way of a file."""

    def __init__(self, figures: Path) -> None:
        super().__init__()
        self._figures = figures
        self.cpu_seconds: list[float] = []
        self.growth_bytes: list[int] = []

    async def run(self, work: Callable[[*Arguments], Made], *arguments: *Arguments) -> Made:
        self._figures.unlink(missing_ok=True)
        try:
            return await super().run(measured, self._figures, work, arguments)
        finally:
            if self._figures.exists():  # else the process was ended
                cpu_seconds, growth_bytes = json.loads(self._figures.read_bytes())
                self.cpu_seconds.append(cpu_seconds)
                self.growth_bytes.append(growth_bytes)


def measured(figures: Path, work: Callable[[*Arguments], Made], arguments: tuple[*Arguments]) -> Made:
    """Do work, and write down the seconds and bytes that it took. Runs in the workshop."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    memory, seconds = peak_bytes(), cpu_seconds()
    try:
        return work(*arguments)
    finally:
        figures.write_text(json.dumps([cpu_seconds() - seconds, peak_bytes() - memory]))


def peak_bytes() -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    """Return the odd files by their SHA-256."""
    if not is_wanted():
        pytest.skip("the corpus is not fetched here; PLANTAIN_CORPUS=1 fetches it")
    try:
        paths = {name: fetch(archive) for name, archive in ARCHIVES.items()}
    except CannotFetch as fault:
        pytest.skip(f"the corpus cannot be fetched: {fault}")
    found: dict[str, bytes] = {}
    for name, path in paths.items():
        found |= read_pictures(path, ARCHIVES[name], [odd for odd in PICTURES if odd.archive == name])
    return found


@contextmanager
def said_clearly() -> Iterator[None]:
    """Check that whoever is refused is told why, in every language."""
    try:
        yield
    except PictureFault as fault:
        say(meaning_of(fault).sentence)
        raise
    except ImageFault as fault:
        say(failure_sentence(failure_of(fault)))
        raise


def say(sentence: Sentence) -> None:
    assert all(plain(MessageCatalog().say(sentence, language)) for language in LANGUAGES)


async def come_in(data: bytes, files: FolderPictures) -> StoredPicture:
    async with files.new_file() as file:
        await file.write(data)
        return await file.finish()


async def go_out(data: bytes, folder: Path, workshop: Workshop) -> tuple[StoredPicture, Reference, bytes]:
    """Pass a member's picture the whole way: into our files, along with a request, and as a chat shows it."""
    files = await FolderPictures.open(folder, workshop)
    picture = await come_in(data, files)
    source = SourcePicture(picture=picture, open_file=lambda: files.local_file(picture.sha256))
    (reference,) = await to_references([source], most_bytes=7_000_000, most_file_bytes=7_000_000, workshop=workshop)
    preview = await files.encoded(picture, PREVIEW)
    return picture, reference, b"".join([piece async for piece in files.read(preview.sha256)])


def decoded(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data)) as picture:
        picture.load()
        assert not picture.getexif()
        assert getattr(picture, "n_frames", 1) == 1
        return picture


def has_shape_of(made: Image.Image, picture: StoredPicture) -> bool:
    scale = made.width / picture.width
    return abs(made.height - picture.height * scale) <= 1 + scale


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("odd", PICTURES, ids=lambda odd: f"{odd.archive}:{odd.path}")
async def test_an_odd_file_is_normalised_or_refused_within_bounds(
    odd: OddPicture, files: dict[str, bytes], tmp_path: Path
) -> None:
    workshop = MeasuredWorkshop(tmp_path / "figures")
    try:
        with said_clearly():
            picture, reference, preview = await go_out(files[odd.sha256], tmp_path, workshop)
    except (PictureFault, ImageFault):
        found = "refused"
    else:
        found = "normalised"
        assert has_shape_of(decoded(reference.data), picture)
        assert has_shape_of(decoded(preview), picture)
    assert found == odd.expected
    assert max(workshop.cpu_seconds, default=0) <= MOST_CPU_SECONDS
    assert max(workshop.growth_bytes, default=0) <= MOST_GROWTH_BYTES


def test_the_manifest_names_every_archive_and_no_file_twice() -> None:
    assert {odd.archive for odd in PICTURES} == set(ARCHIVES)
    assert len({odd.sha256 for odd in PICTURES}) == len(PICTURES) >= 60
    assert {odd.expected for odd in PICTURES} == {"normalised", "refused"}
