"""Statistics of counters that add: numpy only, no I/O, no randomness of their own.

Everything here is computed from counts and sums that merge by addition, so that one replica or a hundred,
in any order, give the same answer. Each module says how far a binned metric may be from the exact one.
"""
