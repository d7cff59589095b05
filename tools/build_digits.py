"""Make optim_lib/data/digits.npz from the digits that scikit-learn ships.

Run: python tools/build_digits.py        (needs scikit-learn)

The source is the test set of "Optical Recognition of Handwritten Digits", UCI Machine Learning
Repository: 1797 digits written by 13 people, as 8 x 8 counts of dark pixels from 0 to 16.
"""

from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

DATA = Path(__file__).parents[1] / "optim_lib" / "data" / "digits.npz"


def main():
    """Write the file and say how large it is."""
    digits = load_digits()
    images, labels = digits.data.astype(np.uint8), digits.target.astype(np.uint8)
    np.savez_compressed(DATA, images=images, labels=labels)
    print(f"{DATA.name}: {DATA.stat().st_size} bytes, {len(images)} images")


if __name__ == "__main__":
    main()
