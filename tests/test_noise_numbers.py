"""The noise of the live figure is NumPy's: the numbers that the JavaScript is tested against.

Run: python tests/test_noise_numbers.py   writes tests/javascript/noise.json
"""

import hashlib
import json
import re
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
GOLDEN = ROOT / "tests" / "javascript" / "noise.json"
SCRIPT = ROOT / "optim_lib" / "live" / "noise.js"
SHORT, LONG = 1002, 100_000
SEEDS = {
    **dict.fromkeys([*range(201), 12345, 2**31, 2**32 - 1, 2**32, 2**32 + 1, 2**40 + 7], SHORT),
    **dict.fromkeys([2**52, 2**53 - 1, 2**53], SHORT),
    **dict.fromkeys([1, 99, 2**33 + 5, 2**53 - 111], LONG),
}
MULTIPLIER = 0x2360ED051FC65DA44385DF649FCCF645


def digest(numbers):
    """Return a fingerprint of numbers; those of the tail, which need a logarithm, as float32."""
    tail = np.abs(numbers) > 3.654152885361009
    told = np.where(tail, numbers.astype(np.float32), numbers)
    return hashlib.sha256(told.astype("<f8").tobytes()).hexdigest()[:16]


def golden():
    """Return what the JavaScript must give: for each seed a count, the first three, a digest."""
    return [
        [seed, count, normals[:3].tolist(), digest(normals)]
        for seed, count in SEEDS.items()
        for normals in [np.random.default_rng(seed).standard_normal(count)]
    ]


def test_the_golden_numbers_are_those_of_this_numpy():
    assert json.loads(GOLDEN.read_text()) == golden()


def test_the_long_runs_reach_the_tail():
    long = [seed for seed, count in SEEDS.items() if count == LONG]
    tails = [np.abs(np.random.default_rng(s).standard_normal(LONG)) > 3.6542 for s in long]
    assert min(map(np.sum, tails)) > 5


def layer_edges():
    """Return the edges of the layers as the script has them."""
    listed = re.search(r"LAYER_EDGES = Float64Array.of\((.*?)\)", SCRIPT.read_text("utf-8"), re.S)
    return [float(number) for number in listed[1].replace(",", " ").split()]


def forced(word):
    """Return the normal number that NumPy makes of a word of 64 bits, and if it took no other."""
    source = np.random.PCG64(0)
    state = source.state
    increment = state["state"]["inc"]
    # What the generator steps to is then `word`, with an upper half of zeros, which turns nothing.
    before = (word - increment) * pow(MULTIPLIER, -1, 2**128) % 2**128
    state["state"]["state"] = before
    source.state = state
    number = np.random.Generator(source).standard_normal()
    return number, source.state["state"]["state"] == word


def test_the_edges_of_the_layers_are_those_of_numpy():
    edges = layer_edges()
    assert len(edges) == 256
    for layer, edge in enumerate(edges):
        number, _ = forced(2**51 << 9 | layer)
        assert 2 * number == edge, layer
        # NumPy's borders came from the same division with other roundings. A number of 2**52 that
        # falls between the two is met once in some 10**15.
        sure = 0 if layer == 1 else int(edges[layer - 1] / edge * 2**52)
        assert layer == 1 or forced(sure - 3 << 9 | layer)[1], layer
        assert not forced(sure + 2 << 9 | layer)[1], layer


if __name__ == "__main__":
    GOLDEN.write_text("[\n" + ",\n".join(map(json.dumps, golden())) + "\n]\n")
