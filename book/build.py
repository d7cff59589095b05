"""Make the book: a site of the committed lessons, whose figures live without a kernel.

Run: python book/build.py                the site, in build/book
     python book/build.py FOLDER         or elsewhere

No notebook is executed, and nothing is fetched: neither now nor by who reads the site. Run twice,
it makes the same bytes.
"""

import argparse
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from lessons import committed_repository, repository
from sphinx.cmd.build import build_main

BOOK = Path(__file__).parent
ROOT = BOOK.parent


def build(out):
    """Make the site in a folder, which it fills anew; return Sphinx's exit status."""
    with TemporaryDirectory() as folder:
        source = Path(folder, "book")
        shutil.copytree(ROOT / "notebooks", source, ignore=shutil.ignore_patterns(".*"))
        shutil.copytree(BOOK, source, ignore=shutil.ignore_patterns("*.py"), dirs_exist_ok=True)
        for path in [*source.rglob("*.ipynb"), *source.rglob("*.md")]:
            text = path.read_text("utf-8").replace(committed_repository(), repository())
            path.write_text(text, "utf-8")
        shutil.rmtree(out, ignore_errors=True)
        options = "--fail-on-warning", "--keep-going", "--quiet", "--fresh-env"
        folders = "--conf-dir", BOOK, "--doctree-dir", Path(folder, "doctrees"), source, out
        return build_main([*options, *map(str, folders)])


def main():
    """Make the site where the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "build" / "book")
    out = parser.parse_args().folder
    if status := build(out):
        sys.exit(status)
    print(f"open {out / 'index.html'}")


if __name__ == "__main__":
    main()
