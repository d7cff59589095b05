"""Follow the decision table of lesson 11 on twenty boxes, and count how often that is enough.

Run: python benchmarks/decision_table.py

The program is that of the deeper page: the cells there that are tagged `program`. For each of two
networks and ten splits, which no page of the course was made with, it trains at most twenty times
by the table, and some two hundred times for a wide search over six rules. Five fresh seeds judge
what each has chosen; the ratio is that of their mean validation losses. Takes about ten minutes.
"""

from pathlib import Path

import nbformat
import numpy as np

PAGE = Path(__file__).parents[1] / "notebooks" / "deeper" / "11_the_table_on_trial.ipynb"
FRESH = range(100, 105)
SPLITS = range(201, 211)


def program():
    """Return the names that the page's program defines."""
    names = {}
    for cell in nbformat.read(PAGE, as_version=4).cells:
        if "program" in cell.metadata.get("tags", []):
            exec(cell.source, names)
    return names


def main():
    """Print box by box, then how often the table comes within a fifth of the wide search."""
    page = program()
    for network in ("lesson's", "raw"):
        ratios = []
        for split in SPLITS:
            box = page["box"](network, split)
            _, _, chosen = page["follow"](box)
            found = page["wide_search"](box)
            best = min(found, key=lambda setting: found[setting][0])
            ours, theirs = (page["mean_loss"](box, *setting, FRESH) for setting in (chosen, best))
            ratios.append(ours / theirs)
            print(
                f"{network:8} split {split}: {chosen} {ours:.3f}, {best} {theirs:.3f}, "
                f"ratio {ratios[-1]:.2f}, {sum(count for _, count in found.values())} trainings",
                flush=True,
            )
        within = sum(ratio <= 1.2 for ratio in ratios)
        print(
            f"{network}: within 20% on {within} of {len(ratios)} boxes; ratios "
            f"{min(ratios):.2f} to {max(ratios):.2f}, median {np.median(ratios):.2f}"
        )


if __name__ == "__main__":
    main()
