"""Programs as notebooks, cut into cells at will and with what only IPython understands."""

from __future__ import annotations

import re
from random import Random

from tests.notebooks import notebook

_MAGIC = [
    "%matplotlib inline",
    "!pip install torch",
    "%%time",
    "%%bash\necho hello",
    "files = !ls",
    "model?",
    "%run train.py",
    "get_ipython().system('ls')",
    "%%capture out\nimport torch",
    "x = %timeit -o f()",
    "",
]


def as_notebook(text: str, random: Random) -> bytes:
    """The bytes of a notebook whose cells hold the lines of the text, most of them cut between statements."""
    text = re.sub("[\ud800-\udfff]", "?", text)
    pattern = r"(?m)^(?=\S)" if random.random() < 0.9 else r"\n"
    pieces = [piece for piece in re.split(pattern, text) if piece]
    cells: list[str] = []
    while pieces:
        count = random.choice([1, 2, 4, 10])
        cells.append("".join(pieces[:count]).rstrip("\n"))
        del pieces[:count]
        if random.random() < 0.2:
            cells.append(random.choice(_MAGIC))
        elif random.random() < 0.1:
            cells[-1] = f"{random.choice(_MAGIC)}\n{cells[-1]}"
    return notebook(*cells, ascii_only=random.random() < 0.5, as_list=random.random() < 0.8)
