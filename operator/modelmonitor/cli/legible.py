"""What others say, as a terminal and a file of ours may show it: nothing in it is an instruction to them."""

_REPLACEMENT = "�"


def legible(text: str) -> str:
    r"""Return a text whose control characters are replaced; it keeps its lines.

    >>> legible("one\ntwo\x1b[31m")
    'one\ntwo�[31m'
    """
    return "".join(it if it.isprintable() or it in "\n\t" else _REPLACEMENT for it in text)


def in_one_line(text: str, most: int = 200) -> str:
    r"""Return a text in one line of at most so many characters.

    >>> in_one_line("churn\n---\nkind: Secret"), in_one_line("x" * 9, most=5)
    ('churn --- kind: Secret', 'xxxx…')
    """
    line = legible(" ".join(text[: 2 * most].split()))
    return line if len(line) <= most else f"{line[: most - 1]}…"
