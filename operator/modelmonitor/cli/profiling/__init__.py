"""How a table becomes a reference profile: read twice in chunks, surveyed, then counted.

`sources` opens a file whatever its format, `survey` learns what its columns hold, `inference` and `outcomes`
decide what they are, `assembly` counts them between edges that are frozen by then,
`output` writes the result.
"""
