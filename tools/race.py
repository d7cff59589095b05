"""Draw the picture of README.md: the five rules racing down the ravine.

Run: python tools/race.py
"""

from pathlib import Path

from optim_lib import SGD, Adagrad, Adam, Momentum, RMSProp, descend, surfaces
from optim_lib.figures import animate

PICTURE = Path(__file__).parents[1] / "notebooks" / "race.gif"
RULES = [SGD(lr=0.95), Momentum(lr=0.1), Adagrad(lr=1.5), RMSProp(lr=0.1), Adam(lr=0.3)]


def main():
    """Write the animation and say how large it is."""
    ravine = surfaces.ravine
    animate(
        ravine, {rule: descend(ravine, rule, start=(-7, 2), steps=40) for rule in RULES}, PICTURE
    )
    print(f"{PICTURE.name}: {PICTURE.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
