"""River's part: detectors with their defaults on streams of one number a row.

Run as `python river_detect.py FOLDER`: `streams.json` lists the streams and whether each is of errors (0 or
1); `STREAM.npy` holds the numbers. Prints, for each stream and detector, the rows at which it alarmed.
"""

import json
import pathlib
import sys
from collections.abc import Callable, Iterator

import numpy as np
from river import drift

OF_ERRORS: dict[str, Callable[[], object]] = {
    "DDM": drift.binary.DDM,
    "HDDM_A": drift.binary.HDDMA,
}
OF_NUMBERS = {"ADWIN": drift.ADWIN, "PageHinkley": drift.PageHinkley, "KSWIN": lambda: drift.KSWIN(seed=1)}


def alarms(make: Callable[[], object], values: np.ndarray) -> Iterator[int]:
    """Yield the rows at which a detector alarms; it starts anew by itself, or is made anew, after each."""
    detector = make()
    for row, value in enumerate(values):
        detector.update(value)
        if detector.drift_detected:
            yield row


def main() -> None:
    """Run all detectors over all streams."""
    folder = pathlib.Path(sys.argv[1])
    told = {}
    for name, of_errors in json.loads((folder / "streams.json").read_text()).items():
        values = np.load(folder / f"{name}.npy").tolist()
        detectors = {**OF_NUMBERS, **(OF_ERRORS if of_errors else {})}
        told[name] = {title: list(alarms(make, values)) for title, make in detectors.items()}
    print(json.dumps(told))


if __name__ == "__main__":
    main()
