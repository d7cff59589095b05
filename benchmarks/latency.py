"""How long the hand waits: from its move to new pixels, in a browser. Prints ratios.

Run: python benchmarks/latency.py    (needs tests/requirements.txt, Chromium; ipympl takes part
                                      where it is installed)

One scene, five rules over contours with the heights beside them, in one JupyterLab: every control
of the live figure for 100 and for 500 steps, a rule that Python has to compute, `interact` with a
figure drawn anew, and ipympl with `draw_idle`. Ways take turns. A way's time is from the event, a
real one of the mouse or the keyboard where there is one, to the end of the frame in which its
pixels have changed. An empty round trip to the kernel, a slider whose callback sets a label, is
measured beside them.
"""

import importlib.util
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from browser import conftest as harness

ROUNDS, MOVES = 5, 6
SETUP = """
import numpy as np, ipywidgets
from optim_lib import *
from optim_lib.explorer import Explorer
from optim_lib.figures import compare

RULES = SGD(lr=0.5), Momentum(lr=0.1), Adagrad(lr=1.5), RMSProp(lr=0.1), Adam(lr=0.3)
def rules(lr):
    return SGD(lr=lr / 100), *RULES[1:]

class Capped(Optimizer):
    lr: float = 0.1
    def step(self, x, g, state):
        return x - (0.5 if self.lr > 0.5 else self.lr) * g, state"""
LIVE = "explorer = Explorer(surfaces.ravine, RULES, steps={0}, noise=0.01); explorer"
OWN = "own = Explorer(surfaces.ravine, Capped()); own"
EMPTY = """slider, label = ipywidgets.IntSlider(50), ipywidgets.Label("50")
label.add_class("empty-label"); slider.add_class("empty-slider")
slider.observe(lambda change: setattr(label, "value", str(change.new)), "value")
ipywidgets.VBox([slider, label])"""
INTERACT = """def draw(lr=ipywidgets.IntSlider(50, 1, 99, description="interact")):
    return compare(surfaces.ravine, {rule: descend(surfaces.ravine, rule) for rule in rules(lr)})
ipywidgets.interact(draw);"""
IPYMPL = """%matplotlib widget
import matplotlib.pyplot as plt
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4))
left.contourf(*surfaces.ravine.grid(), surfaces.ravine.f(surfaces.ravine.grid()))
runs = [descend(surfaces.ravine, rule) for rule in RULES]
lines = [(left.plot(*run.x.T)[0], right.semilogy(run.f)[0]) for run in runs]
def move(change):
    for rule, (path, heights) in zip(rules(change.new), lines):
        run = descend(surfaces.ravine, rule)
        path.set_data(*run.x.T)
        heights.set_ydata(run.f)
    figure.canvas.draw_idle()
moved = ipywidgets.IntSlider(50, 1, 99); moved.add_class("ipympl-slider")
moved.observe(move, "value")
display(moved)
plt.show()"""

# In the page: from the first event of a kind on, look after every frame whether the pixels changed.
WATCH = """([kind, seen, number]) => {
    const look = eval(seen), before = look(number);
    const frame = () => new Promise((done) => requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = done;  // when the frame has been drawn
        port2.postMessage(0);
    }));
    window.waited = new Promise((done, fail) => {
        setTimeout(() => fail(new Error(`no ${kind} with new pixels in 20 s`)), 20000);
        addEventListener(kind, async (event) => {
            for (;;) {
                await frame();
                const time = performance.now() - event.timeStamp, now = look(number);
                if (now !== null && now !== before) return done(time);
            }
        }, { capture: true, once: true });
    });
}"""
CANVAS = "(number) => document.querySelectorAll('.jupyter-matplotlib canvas')[0]?.toDataURL()"
EXPLORER = """(number) => {
    const canvas = document.querySelectorAll(".optim-explorer canvas")[number];
    if (canvas.explorerState.computing) return null;  // a dimmed path is no answer
    return canvas.toDataURL();
}"""
IMAGE = """() => document.querySelector(".widget-output img, .jp-OutputArea .widget-interact img")
    ?.src ?? null"""
LABEL = """() => document.querySelector(".empty-label").textContent"""
HANDLE = ".noUi-handle"


class Way:
    """One way from a hand to pixels: what to do for the i-th time, and where to look."""

    def __init__(self, name, kind, act, seen=EXPLORER, number=0, hold=None):
        self.name, self.kind, self.act, self.seen, self.number = name, kind, act, seen, number
        self.hold = hold  # what the mouse presses beforehand
        self.times = []

    def measure(self, page, moves):
        """Act a few times, with a pause between, and keep the times."""
        for _ in range(moves):
            if self.hold:
                self.hold.scroll_into_view_if_needed()
                page.mouse.move(*middle_of(self.hold))
                page.mouse.down()
                page.wait_for_timeout(200)
            page.evaluate(WATCH, [self.kind, self.seen, self.number])
            self.act(len(self.times))
            self.times.append(page.evaluate("window.waited"))
            page.mouse.up()
            page.wait_for_timeout(200)

    @property
    def median(self):
        """The median, without the first move, which warms up."""
        return statistics.median(self.times[1:])

    def __str__(self):
        slowest = sorted(self.times[1:])[int(0.95 * (len(self.times) - 1))]
        return f"{self.name:46} median {self.median:7.1f} ms   95% {slowest:7.1f} ms"


def pressed(target):
    """Return an action: a key on an element, there and back again."""

    def act(i):
        target.press("ArrowLeft" if i % 4 < 2 else "ArrowRight")

    return act


def ways_of(figure, number, title):
    """Return a way for each kind of control of a live figure."""
    page, box = figure.box.page, figure.box
    places = "bowl", "himmelblau", "terrain", "ravine"

    def typing(i):  # of Adam: where SGD leaves the picture at once, its path looks the same
        figure.typed("Adam lr").fill(f"{0.3 + 0.01 * (i % 20)}")
        figure.typed("Adam lr").press("Enter")

    def dragging(target):
        def act(i):
            x, y = middle_of(target)
            page.mouse.move(x + (9 if i % 2 else -7), y + (3 if i % 2 else -2))

        return act

    start, rate = figure.slider("Start"), figure.slider("Momentum lr")
    found = [
        ("a slider, by key", "keydown", pressed(figure.slider("Adam lr"))),
        ("a slider, by mouse", "pointermove", dragging(rate), rate),
        ("a typed number", "keydown", typing),
        ("the start, by mouse", "pointermove", dragging(start), start),
        ("the start, by key", "keydown", pressed(start)),
        ("the steps", "keydown", pressed(figure.slider("Steps"))),
        ("the noise", "keydown", pressed(figure.slider("Noise"))),
        ("another noise", "click", lambda i: figure.button("New noise").click()),
        ("a switch", "click", lambda i: box.get_by_role("checkbox", name="Adam").click()),
        ("the step, scrubbed", "keydown", pressed(figure.slider("Step shown"))),
        ("another surface", "change", lambda i: figure.menu().select_option(places[i % 4])),
    ]
    return [
        Way(f"{title}: {what}", kind, act, EXPLORER, number, *hold)
        for what, kind, act, *hold in found
    ]


def middle_of(locator):
    """Return the middle of an element."""
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


DRAG = """(target, reach) => new Promise((done) => {
    const { left, top, width, height } = target.getBoundingClientRect();
    const canvas = target.closest(".optim-explorer").querySelector("canvas");
    const [first, begin] = [canvas.explorerState.drawn, performance.now()];
    let moves = 0;
    const timer = setInterval(() => {
        const took = performance.now() - begin;
        if (took > 2000) {
            clearInterval(timer);
            const frames = canvas.explorerState.drawn - first;
            done([1000 * frames / took, 1000 * moves / took]);
        }
        target.dispatchEvent(new PointerEvent("pointermove", {
            pointerId: 1, buttons: 1, bubbles: true,
            clientX: left + width / 2 + reach * (++moves % 50) / 50, clientY: top + height / 2 }));
    }, 10);
})"""


def fast_drag(figure, target, reach):
    """Move what the mouse holds every 10 ms; return frames and moves a second, and if it kept up.

    The mouse is a real one, its moves are the page's own: Playwright waits for each of its moves.
    """
    page = figure.box.page
    target.scroll_into_view_if_needed()
    page.mouse.move(*middle_of(target))
    page.mouse.down()
    frames, moves = target.evaluate(DRAG, reach)
    page.wait_for_timeout(100)
    soon = figure.state()["words"]
    page.wait_for_timeout(400)
    on_time = figure.state()["words"] == soon
    page.mouse.up()
    return frames, moves, on_time


def report(live, others):
    """Print the times and the ratios."""
    print(*live, *others, sep="\n")
    empty, *slow = others[1:]
    for title in ("100 steps", "500 steps"):
        ours = [way for way in live if way.name.startswith(title)]
        middle = statistics.median(way.median for way in ours)
        worst = max(ours, key=lambda way: way.median)
        print(f"{title}: controls take {middle:.0f} ms in the middle, {worst.name} the longest")
        for other in slow:
            print(f"{title}: {other.median / middle:.1f} times as fast as {other.name}")
    print(f"{others[0].name}: {others[0].median / empty.median:.1f} empty round trips")


def main():
    """Measure all ways and print their medians, 95th percentiles and ratios."""
    cells = [SETUP, LIVE.format(100), LIVE.format(500), OWN, EMPTY, INTERACT]
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
        page = notebook.page
        short, long, own = (notebook.figure(number) for number in range(3))
        live = [*ways_of(short, 0, "100 steps"), *ways_of(long, 1, "500 steps")]
        handle = {
            name: page.locator(f".{name} {HANDLE}").first
            for name in ("empty-slider", "widget-interact", "ipympl-slider")
        }
        key = "keydown"
        others = [
            Way("a rule that Python computes", key, pressed(own.slider("Capped lr")), EXPLORER, 2),
            Way("an empty round trip", key, pressed(handle["empty-slider"]), LABEL),
            Way("interact, figure drawn anew", key, pressed(handle["widget-interact"]), IMAGE),
        ]
        if IPYMPL in cells:
            act = pressed(handle["ipympl-slider"])
            others.append(Way("ipympl, draw_idle", key, act, CANVAS))
        for _ in range(ROUNDS):
            for way in (*live, *others):
                way.measure(page, MOVES)
        report(live, others)
        for figure, title in ((short, "100 steps"), (long, "500 steps")):
            figure.button("Reset").click()
            for name, reach in (("SGD lr", 60), ("Start", 200)):
                frames, moves, on_time = fast_drag(figure, figure.slider(name), reach)
                within = "within" if on_time else "NOT within"
                print(
                    f"{title}: {name} dragged, {moves:.0f} moves/s: {frames:.0f} frames/s, the "
                    f"last one shown {within} 100 ms"
                )


if __name__ == "__main__":
    main()
