"""Say what a made book weighs, page by page, and list where its links lead outside.

Run: python book/weigh.py                    of the site in build/book
     python book/weigh.py FOLDER             or elsewhere

Sizes are of the compressed text (gzip), as servers send it; pictures are sent as they are. What
live figures need is counted apart: their states on the page, and their code, once for all pages.
"""

import argparse
import gzip
import re
from pathlib import Path

BOOK = Path(__file__).parents[1] / "build" / "book"
CODE = "figure.js", "figure.css"
STATE = re.compile(r'<script type="application/json" class="optim-figure">.*?</script>', re.DOTALL)
LINKED = re.compile(r'<(?:script|link|img)\b[^>]*?\b(?:src|href)="([^"#?]+)')
OUTSIDE = re.compile(r'<a\b[^>]*?\bhref="(https?://[^"]+)"')
ROW = "{:44} {:>8} {:>8} {:>8} {:>8} {:>8}"


def packed(text):
    """Return how many bytes a text has when it is sent."""
    return len(gzip.compress(text.encode(), mtime=0))


def weigh(page):
    """Return the bytes of a page: text, states of figures, pictures, figures' code, the theme."""
    text = page.read_text("utf-8")
    bare = STATE.sub("", text)
    pictures = code = theme = 0
    for link in set(LINKED.findall(text)):
        target = page.parent / link
        if not target.is_file():
            continue
        if target.suffix in (".js", ".css"):
            size = packed(target.read_text("utf-8"))
        else:
            size = target.stat().st_size
        if target.name in CODE:
            code += size
        elif target.suffix in (".png", ".gif"):
            pictures += size
        elif target.suffix in (".js", ".css", ".svg"):
            theme += size
    return packed(bare), packed(text) - packed(bare), pictures, code, theme


def main():
    """Print the weights and the links of a book."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=BOOK)
    folder = parser.parse_args().folder
    pages = sorted(p for p in folder.rglob("*.html") if "_static" not in p.parts)
    print(ROW.format("kB", "text", "states", "pictures", "figures", "theme"))
    for page in pages:
        sizes = [f"{size / 1000:.1f}" for size in weigh(page)]
        print(ROW.format(str(page.relative_to(folder)), *sizes))
    print("\nlinks that lead outside:")
    found = {link for page in pages for link in OUTSIDE.findall(page.read_text("utf-8"))}
    print(*sorted(found), sep="\n")


if __name__ == "__main__":
    main()
