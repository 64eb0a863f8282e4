"""Python runs this in evaluators under test, where this folder is first in PYTHONPATH: their wall clock
shows the real time plus what the file says that MODELMONITOR_TEST_CLOCK names (eight bytes, a double).
"""

import mmap
import os
import struct
import time

_file = os.open(os.environ["MODELMONITOR_TEST_CLOCK"], os.O_RDONLY)
_ahead = mmap.mmap(_file, 8, access=mmap.ACCESS_READ)
_real = time.time


def _moved() -> float:
    return _real() + float(struct.unpack_from("<d", _ahead)[0])


time.time = _moved
