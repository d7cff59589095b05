"""How long the hand waits: from a slider's move to new pixels, in a browser. Prints ratios.

Run: python benchmarks/latency.py    (needs tests/requirements.txt, Chromium; ipympl takes part
                                      where it is installed)

One scene, two paths of 100 steps over contours with the heights beside them, in one JupyterLab:
the live figure served from a table, the live figure when it needs the kernel, `interact` with a
figure drawn anew, and ipympl with `draw_idle`. Ways take turns; a way's time is from the event in
the browser to the frame in which its pixels have changed. An empty round trip to the kernel, a
slider whose callback sets a label, is measured beside them.
"""

import importlib.util
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from browser import conftest as harness

ROUNDS, MOVES = 5, 8
SETUP = """
import numpy as np, ipywidgets
from optim_lib import SGD, Momentum, descend, surfaces
from optim_lib.explorer import Explorer
from optim_lib.figures import compare"""
LIVE = "explorer = Explorer(surfaces.ravine, [SGD(lr=0.5), Momentum(lr=0.1)]); explorer"
EMPTY = """slider, label = ipywidgets.IntSlider(50), ipywidgets.Label("50")
label.add_class("empty-label"); slider.add_class("empty-slider")
slider.observe(lambda change: setattr(label, "value", str(change.new)), "value")
ipywidgets.VBox([slider, label])"""
INTERACT = """def draw(lr=ipywidgets.IntSlider(50, 1, 99, description="interact")):
    rules = SGD(lr=lr / 100), Momentum(lr=0.1)
    return compare(surfaces.ravine, {rule: descend(surfaces.ravine, rule) for rule in rules})
ipywidgets.interact(draw);"""
IPYMPL = """%matplotlib widget
import matplotlib.pyplot as plt
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4))
left.contourf(*surfaces.ravine.grid(), surfaces.ravine.f(surfaces.ravine.grid()))
runs = [descend(surfaces.ravine, rule) for rule in (SGD(lr=0.5), Momentum(lr=0.1))]
lines = [(left.plot(*run.x.T)[0], right.semilogy(run.f)[0]) for run in runs]
def move(change):
    run = descend(surfaces.ravine, SGD(lr=change.new / 100))
    lines[0][0].set_data(*run.x.T)
    lines[0][1].set_ydata(run.f)
    figure.canvas.draw_idle()
moved = ipywidgets.IntSlider(50, 1, 99); moved.add_class("ipympl-slider")
moved.observe(move, "value")
display(moved)
plt.show()"""

# In the page: press a key on an element, then look at every frame whether the pixels changed.
TIME = """async ([target, key, seen]) => {
    const look = eval(seen);
    const before = look();
    const begin = performance.now();
    target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    while (performance.now() - begin < 10000) {
        await new Promise(requestAnimationFrame);
        const now = look();
        if (now !== null && now !== before) return performance.now() - begin;
    }
    throw new Error("no new pixels in 10 s: " + seen);
}"""
HANDLE = ".noUi-handle"
CANVAS = """() => {
    const canvas = document.querySelector("%s");
    return canvas && canvas.toDataURL();
}"""
EXPLORER = """() => {
    const canvas = document.querySelector(".optim-explorer canvas");
    const waiting = canvas.explorerState.tracks.some((track) => track.source === "stale");
    return waiting ? null : canvas.toDataURL();  // a dimmed path is no answer
}"""
IMAGE = """() => document.querySelector(".widget-output img, .jp-OutputArea .widget-interact img")
    ?.src ?? null"""
LABEL = """() => document.querySelector(".empty-label").textContent"""


class Way:
    """One way from a slider to pixels."""

    def __init__(self, notebook, name, selector, seen):
        self.notebook, self.name, self.seen, self.times = notebook, name, seen, []
        self.target = notebook.page.locator(selector).first

    def measure(self, moves):
        """Move a few times, with a pause between, and keep the times."""
        self.target.scroll_into_view_if_needed()
        self.notebook.page.wait_for_timeout(300)
        for _ in range(moves):
            key = "ArrowLeft" if len(self.times) % 4 < 2 else "ArrowRight"
            arguments = [self.target.element_handle(), key, self.seen]
            self.times.append(self.notebook.page.evaluate(TIME, arguments))
            self.notebook.page.wait_for_timeout(400)

    def __str__(self):
        slowest = sorted(self.times)[int(0.95 * len(self.times))]
        return f"{self.name:44} median {self.median:7.1f} ms   95% {slowest:7.1f} ms"

    @property
    def median(self):
        """The median, without the first move, which warms up."""
        return statistics.median(self.times[1:])


def fast_drag(notebook, slider):
    """Move the mouse 100 times in 2 s over a slider; return frames a second and the delay."""
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    stops = [
        (box["x"] + (0.2 + 0.6 * (i % 50) / 50) * box["width"], box["y"] + box["height"] / 2)
        for i in range(101)
    ]
    mouse, drawn = notebook.page.mouse, "canvas => canvas.explorerState.drawn"
    canvas = notebook.page.locator(".optim-explorer canvas").first
    mouse.move(*stops[0])
    mouse.down()
    first, begin = canvas.evaluate(drawn), time.perf_counter()
    for i in range(1, 101):
        mouse.move(*stops[i])
        time.sleep(max(0, begin + 0.02 * i - time.perf_counter()))
    frames = (canvas.evaluate(drawn) - first) / (time.perf_counter() - begin)
    words = "canvas => canvas.explorerState.words"
    notebook.page.wait_for_timeout(100)
    soon = canvas.evaluate(words)
    notebook.page.wait_for_timeout(400)
    on_time = canvas.evaluate(words) == soon
    mouse.up()
    return frames, on_time


def main():
    """Measure all ways and print their medians, 95th percentiles and ratios."""
    cells = [SETUP, LIVE, EMPTY, INTERACT]
    if importlib.util.find_spec("ipympl"):
        cells.append(IPYMPL)
    else:
        print("ipympl is not installed and does not take part")
    with (
        tempfile.TemporaryDirectory() as home,
        harness.jupyter_server(Path(home)) as (address, folder),
        harness.launched() as browser,
    ):
        notebook = harness.open_in(browser, address, folder, "lab", cells)
        notebook.run_all()
        notebook.figure()
        table = Way(notebook, "live figure, from a table", '[aria-label="SGD lr"]', EXPLORER)
        kernel = Way(notebook, "live figure, through the kernel", ".optim-start", EXPLORER)
        empty = Way(notebook, "an empty round trip", f".empty-slider {HANDLE}", LABEL)
        ways = [table, kernel, empty]
        ways.append(
            Way(notebook, "interact, figure drawn anew", f".widget-interact {HANDLE}", IMAGE)
        )
        if IPYMPL in cells:
            canvas = CANVAS % ".jupyter-matplotlib canvas"
            ways.append(Way(notebook, "ipympl, draw_idle", f".ipympl-slider {HANDLE}", canvas))
        for _ in range(ROUNDS):
            for way in ways:
                way.measure(MOVES)
        print(*ways, sep="\n")
        for other in ways[3:]:
            for ours in (table, kernel):
                ratio = other.median / ours.median
                print(f"{ours.name}: {ratio:.1f} times as fast as {other.name}")
        print(f"{kernel.name}: {kernel.median / empty.median:.1f} empty round trips")
        frames, on_time = fast_drag(notebook, table.target)
        within = "within" if on_time else "NOT within"
        print(f"100 moves in 2 s: {frames:.0f} frames/s, the last value shown {within} 100 ms")


if __name__ == "__main__":
    main()
