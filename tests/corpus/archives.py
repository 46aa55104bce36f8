"""The source archives whose odd files the corpus takes: fetched with pip, by version, and only if the hash is right."""

import hashlib
import os
import subprocess
import sys
import tarfile
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

MANIFEST = Path(__file__).with_name("manifest.toml")
CACHE = Path(__file__).with_name("archives")
"""Not in the repository; what is in it is verified at each run."""

FETCH_SECONDS = 300
"""pip has the metadata of an archive made before it is done, which takes most of this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """A source archive of a package."""

    requirement: str
    file: str
    sha256: str
    folder: str  # in the archive, where its pictures are


@dataclass(frozen=True, slots=True, kw_only=True)
class OddPicture:
    """A file of an archive, and what should become of it: `normalised` or `refused`."""

    archive: str
    path: str
    sha256: str
    what: str
    expected: str


class CannotFetch(Exception):
    """An archive is not to be had here; the message says why."""


def read_manifest() -> tuple[dict[str, Archive], list[OddPicture]]:
    """Read the archives by name, and the pictures in them."""
    manifest = tomllib.loads(MANIFEST.read_text(encoding="utf-8"))
    archives = {name: Archive(**values) for name, values in manifest["archives"].items()}
    return archives, [OddPicture(**values) for values in manifest["pictures"]]


def is_wanted() -> bool:
    """Whether archives may be fetched: in CI, and where somebody asks for it."""
    return bool(os.environ.get("CI")) or os.environ.get("PLANTAIN_CORPUS") == "1"


def fetch(archive: Archive) -> Path:
    """Return the verified archive; download it if it is not cached. Raises `CannotFetch`."""
    path = CACHE / archive.file
    if not path.exists():
        _download(archive)
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != archive.sha256:
        raise CannotFetch(f"{archive.file} has the SHA-256 {found}, and should have {archive.sha256}")
    return path


def _download(archive: Archive) -> None:
    """Have pip fetch it: pip knows where packages come from here, and verifies the hash before it does anything."""
    CACHE.mkdir(exist_ok=True)
    wanted = CACHE / "requirements.txt"
    wanted.write_text(f"{archive.requirement} --hash=sha256:{archive.sha256}\n", encoding="utf-8")
    arguments = ["--quiet", "--disable-pip-version-check", "--no-deps", "--no-binary", ":all:", "--require-hashes"]
    command = [sys.executable, "-m", "pip", "download", *arguments, "--dest", str(CACHE), "-r", str(wanted)]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=FETCH_SECONDS)
    except subprocess.CalledProcessError as error:
        reason = error.stderr.strip().splitlines()
        raise CannotFetch(f"pip cannot fetch {archive.requirement}: {reason[-1] if reason else '?'}") from error
    except subprocess.TimeoutExpired as error:
        raise CannotFetch(f"pip did not fetch {archive.requirement} within {FETCH_SECONDS} s") from error


def read_pictures(path: Path, archive: Archive, pictures: Sequence[OddPicture]) -> dict[str, bytes]:
    """Read files of an archive, by their SHA-256. Raises `ValueError` if one is not what the manifest says."""
    wanted = {f"{archive.folder}/{picture.path}": picture for picture in pictures}
    found = {}
    with tarfile.open(path) as tar:
        for member in tar:
            if (picture := wanted.get(member.name)) and (file := tar.extractfile(member)):
                data = file.read()
                if hashlib.sha256(data).hexdigest() != picture.sha256:
                    raise ValueError(f"{picture.path} is another file than the manifest says")
                found[picture.sha256] = data
    return found
