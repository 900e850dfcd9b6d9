"""Small file systems for the data of one service: to be filled, cut off and spoilt.

They need root and loop devices. Where those are missing, a row on a disk cannot be played.
"""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

IMAGE_MB = 64
OPTIONS = "loop,errors=remount-ro,noauto_da_alloc"  # else ext4 flushes by itself and hides mistakes
FAULT = Path("/sys/fs/ext4")
BLOCK = Path("/sys/class/block")


class Disk:
    """A file system mounted at `at`."""

    def __init__(self, at: Path, image: Path | None, options: str = OPTIONS) -> None:
        self.at = at
        self.image = image
        self._options = options

    def fill(self, name: str = "filler") -> Path:
        """Take all the room there is; the file that takes it."""
        filler = self.at / name
        with filler.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                return filler

    def cut(self, copy: Path) -> None:
        """What lies on the medium at one moment, without what only memory knows.

        A copy takes its time: one into which the system wrote meanwhile is of no moment at all.
        """
        assert self.image is not None
        before = None
        while before != (before := self._written()):
            shutil.copyfile(self.image, copy)

    def replace(self, image: Path) -> None:
        """Unmount it, whatever memory still knows, and go on with what lies on this medium."""
        assert self.image is not None
        run("umount", str(self.at))
        image.replace(self.image)
        run("mount", "-o", self._options, str(self.image), str(self.at))

    def _written(self) -> tuple[str, str]:
        """Writes of the device that have ended, and requests that have not."""
        numbers = (BLOCK / self._device() / "stat").read_text().split()
        return numbers[4], numbers[8]

    def _device(self) -> str:
        """The name of the loop device below it."""
        return Path(run("findmnt", "--noheadings", "--output", "SOURCE", str(self.at)).strip()).name

    def break_down(self) -> None:
        """Let the file system find an error: from now on it is read-only."""
        (FAULT / self._device() / "trigger_fs_error").write_text("lineproof\n")

    def mend(self) -> None:
        """What an operator does then: unmount, check, mount."""
        assert self.image is not None
        run("umount", str(self.at))
        run("fsck.ext4", "-fy", str(self.image), good=(0, 1))
        run("mount", "-o", self._options, str(self.image), str(self.at))


@contextmanager
def tmpfs(at: Path, size_mb: int) -> Iterator[Disk]:
    """One that is full soon."""
    at.mkdir(parents=True)
    run("mount", "-t", "tmpfs", "-o", f"size={size_mb}m", "none", str(at))
    try:
        yield Disk(at, None)
    finally:
        run("umount", "--lazy", str(at))


@contextmanager
def ext4(at: Path, image: Path, further: str = "") -> Iterator[Disk]:
    """One on an image, which is made if it is not there; with further options of the mount."""
    options = ",".join(filter(None, (OPTIONS, further)))
    at.mkdir(parents=True, exist_ok=True)
    if not image.exists():
        with image.open("wb") as file:
            file.truncate(IMAGE_MB << 20)
        run("mkfs.ext4", "-q", str(image))
    run("mount", "-o", options, str(image), str(at))
    try:
        yield Disk(at, image, options)
    finally:
        run("umount", "--lazy", str(at))


def run(*line: str, good: tuple[int, ...] = (0,)) -> str:
    """What a command of the system prints; it has to end with one of these codes."""
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    if done.returncode not in good:
        raise OSError(f"{' '.join(line)}: {done.returncode} {done.stderr.strip()}")
    return done.stdout
