"""A hand on a live figure, in any browser engine, with a kernel or without.

`try_out(hand, control)` moves one control, and asserts that the figure answers.
"""

import time


class Hand:
    """What a learner does to one of the figures on a page."""

    FIGURES = "[...document.querySelectorAll('.optim-explorer')].filter((e) => e.offsetParent)"

    def __init__(self, page, number=0):
        self.page, self.number = page, number

    def js(self, body):
        """Run JavaScript that knows `figure` and `canvas`, and return its value."""
        return self.page.evaluate(
            f"""(() => {{
                const figure = {self.FIGURES}[{self.number}];
                const canvas = figure?.querySelector("canvas");
                {body}
            }})()"""
        )

    def state(self):
        """Return what is drawn; what JSON cannot hold is None."""
        return self.js(
            "return canvas?.explorerState && JSON.parse(JSON.stringify(canvas.explorerState));"
        )

    def wait(self, condition, what, timeout=30):
        """Wait until a condition of the state holds, and return the state."""
        end = time.monotonic() + timeout
        while not ((state := self.state()) and condition(state)):
            assert time.monotonic() < end, f"never: {what}; {state and state['words']}"
            time.sleep(0.02)
        return state

    def ready(self):
        return self.wait(lambda state: not state["computing"], "drawn")

    def picture(self):
        """Return what is on the canvas."""
        return self.js("return canvas.toDataURL();")

    def at(self, selector, across=0.5, down=0.5, scroll=True):
        """Bring an element into view, if it may be scrolled, and return a point on it.

        What an earlier hand did may move it, in the frames that follow: it is measured at rest.
        """
        x, y, w, h = self.js(
            f"""const element = figure.querySelector({selector!r});
            return new Promise((done) => {{
                let before = "";
                const measure = () => {{
                    if ({str(scroll).lower()})
                        element.scrollIntoView({{ block: "center", behavior: "instant" }});
                    const {{ x, y, width, height }} = element.getBoundingClientRect();
                    const place = [x, y, width, height];
                    if (String(place) === before) return done(place);
                    before = String(place);
                    const later = (frames) => requestAnimationFrame(
                        () => (frames ? later(frames - 1) : measure()));
                    later(3); // one may draw, the next meet a new size, and draw anew
                }};
                measure();
            }});"""
        )
        return x + across * w, y + down * h

    def on_panel(self, number, across, down):
        """Bring the canvas into view and return a point on its surface (0) or its heights (1)."""
        left, top = self.at("canvas", 0, 0)
        panel = self.state()["panels"][number]
        return left + panel["x"] + across * panel["w"], top + panel["y"] + down * panel["h"]

    def click(self, selector):
        self.page.click(*self.at(selector))

    def press(self, selector, *keys):
        """Press keys while an element has the focus."""
        self.js(f"figure.querySelector({selector!r}).focus();")
        for key in keys:
            self.page.press(key)

    def drag_rail(self, name, *stops):
        """Drag a slider to parts of its length."""
        rail = f'[role=slider][aria-label="{name}"]'
        self.page.drag(*(self.at(rail, stop) for stop in stops))

    def type(self, name, text):
        """Type a number instead of the one that is there."""
        self.js(
            f"""const input = figure.querySelector('input[aria-label="{name}, typed"]');
            input.focus();
            input.select();"""
        )
        self.page.type(text)
        self.page.press("Enter")

    def choose(self, name, number):
        """Choose from a menu. How an engine's own menu opens is not ours."""
        self.js(
            f"""const menu = [...figure.querySelectorAll("select")].find((select) =>
                (select.labels[0]?.innerText ?? select.ariaLabel).startsWith({name!r}));
            menu.value = {number};
            menu.dispatchEvent(new Event("change", {{ bubbles: true }}));"""
        )

    def button(self, name):
        """Click a button with this name or sign."""
        self.click(self.button_selector(name))

    def button_selector(self, name):
        """Return a selector of the button with this name, as assistive tools have it."""
        self.js(
            f"""for (const button of figure.querySelectorAll("button")) {{
                const seen = [...button.childNodes].filter((node) => !node.ariaHidden);
                const text = seen.map((node) => node.textContent).join("");
                const name = button.getAttribute("aria-label") ?? text;
                button.classList.toggle("sought", name === {name!r});
            }}"""
        )
        return "button.sought"

    def reset(self):
        self.button("Reset")
        return self.ready()


def path(state, number=0):
    return state["tracks"][number]["x"]


def start_of(state):
    return path(state)[:2]


def steps_of(state):
    return len(state["tracks"][0]["f"]) - 1


def shown(state):
    return [track["shown"] for track in state["tracks"]]


def move_start(hand):
    way = hand.on_panel(0, 0.4, 0.3), hand.on_panel(0, 0.5, 0.3)
    hand.page.drag(hand.at(".optim-start", scroll=False), *way)


def play(hand):
    hand.button("First step")
    hand.wait(lambda state: state["step"] == 0, "at the first step")
    hand.button("Play")
    # On a slow machine it may be at its end by now.
    hand.wait(lambda state: state["step"] > 2, "playing")


def shake(hand):
    hand.drag_rail("Noise", 0.5, 0.8)
    before = path(hand.ready())
    hand.button("New noise")
    hand.wait(lambda state: path(state) != before, "another noise")


def open_internals(hand):
    without = hand.picture()
    hand.click(".optim-internals summary")
    hand.wait(lambda _: hand.js("return figure.querySelectorAll('td').length > 3;"), "numbers")
    hand.wait(lambda _: hand.picture() != without, "arrows")
    hand.click(".optim-internals summary")


def whole(hand, kind):
    """Wait until a map is as fine as it becomes, and return the state."""
    return hand.wait(lambda state: (state["maps"][kind] or {}).get("stride") == 1, f"{kind} whole")


def set_on_map(hand):
    before = path(hand.state(), 1)
    hand.button("Map of settings")
    whole(hand, "settings")
    hand.choose("Map of", 1)
    hand.wait(lambda state: (state["maps"]["panel"] or {}).get("h"), "a map")
    hand.click(".optim-chart canvas")
    hand.wait(lambda state: path(state, 1) != before, "another setting")
    hand.press(".optim-cross", "ArrowLeft")
    hand.button("Map of settings")


def map_starts(hand):
    without = hand.picture()
    hand.button("Map of starts")
    whole(hand, "starts")
    assert hand.picture() != without
    hand.button("Map of starts")
    hand.wait(lambda state: state["maps"]["starts"] is None, "no map")


def type_surface(hand):
    hand.click(".optim-typing summary")
    hand.js("const f = figure.querySelector('.optim-form input'); f.focus(); f.select();")
    hand.page.type("x**2 + cos(y)")
    hand.page.press("Enter")
    hand.wait(lambda state: state["surface"] == "x**2 + cos(y)", "the surface")
    hand.click(".optim-typing summary")


# Each kind of control: what a hand does, and the part of the state that must be another one then.
CONTROLS = {
    "a slider by mouse": (lambda hand: hand.drag_rail("SGD lr", 0.5, 0.55, 0.62), path),
    "a slider by keyboard": (
        lambda hand: hand.press('[role=slider][aria-label="SGD lr"]', "ArrowLeft", "ArrowLeft"),
        path,
    ),
    "a second slider": (
        lambda hand: hand.drag_rail("Momentum momentum", 0.3, 0.2),
        lambda state: path(state, 1),
    ),
    "a typed number": (lambda hand: hand.type("SGD lr", "0.123456"), path),
    "a switch": (lambda hand: hand.click(".optim-group:nth-child(2) input[type=checkbox]"), shown),
    "the menu": (lambda hand: hand.choose("Surface", 2), lambda state: state["surface"]),
    "the steps": (lambda hand: hand.drag_rail("Steps", 0.3, 0.33), steps_of),
    "the typed steps": (lambda hand: hand.type("Steps", "37"), steps_of),
    "the start by mouse": (move_start, start_of),
    "the start by a click": (lambda hand: hand.page.click(*hand.on_panel(0, 0.7, 0.4)), start_of),
    "the start by keyboard": (
        lambda hand: hand.press(".optim-start", "ArrowRight", "ArrowUp"),
        start_of,
    ),
    "the typed start": (lambda hand: hand.type("Start x", "-3.5"), start_of),
    "the noise": (shake, path),
    "a step back": (
        lambda hand: hand.button("\N{MINUS SIGN}1 step back"),
        lambda state: state["step"],
    ),
    "play": (play, None),
    "the step by the slider": (
        lambda hand: hand.press('[aria-label="Step shown"]', "ArrowLeft"),
        lambda state: state["step"],
    ),
    "the step on the heights": (
        lambda hand: hand.page.click(*hand.on_panel(1, 0.25, 0.5)),
        lambda state: state["step"],
    ),
    "the internals": (open_internals, None),
    "the map of settings": (set_on_map, lambda state: path(state, 1)),
    "the map of starts": (map_starts, None),
    "the zoom": (lambda hand: hand.button("+ zoom in"), lambda state: state["xs"]),
    "a typed surface": (type_surface, lambda state: state["surface"]),
}


def try_out(hand, control):
    """Use a control of a figure as it began, and see that the figure answers; then go back."""
    act, part = CONTROLS[control]
    before, picture = hand.ready(), hand.picture()
    act(hand)
    if part:
        hand.wait(lambda state: part(state) != part(before), f"an answer to {control}")
        hand.wait(lambda _: hand.picture() != picture, f"a new picture after {control}")
    hand.reset()
    hand.wait(lambda state: state["words"] == before["words"], "as it began")
