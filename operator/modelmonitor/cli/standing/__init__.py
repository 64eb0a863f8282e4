"""How monitors stand, in words: the tables of `status` and the reasons of `explain`."""
