"""Maps and the view of the surface in Chromium: what a hand and a keyboard do with them."""

import pytest

from browser import parts
from browser.hand import start_of, whole
from browser.test_page import RULES, Choosy, show
from optim_lib import SGD, Adam, Momentum, descend, surfaces
from optim_lib.explorer import Explorer

__all__ = ["show"]  # a fixture
CROSS = ".optim-cross"


def value(hand, name):
    return float(
        hand.js(f"return figure.querySelector('input[aria-label=\"{name}, typed\"]').value;")
    )


def words(hand, map_):
    return hand.js(f"return figure.querySelector('[aria-label=\"{map_}\"]').innerText;")


def test_a_map_of_settings_follows_the_hand_and_moves_the_sliders(show):
    explorer = Explorer(surfaces.ravine, [Momentum(lr=0.1), SGD(lr=0.9)])
    hand = show(explorer)
    assert hand.js("return figure.querySelector('.optim-atlas').offsetParent === null;")
    hand.button("Map of settings")
    before = whole(hand, "settings")["maps"]["settings"]
    assert "% of these settings diverge; it ends lowest" in words(hand, "Map of settings")
    panel = hand.state()["maps"]["panel"]
    left, top = hand.at(".optim-chart canvas", 0, 0)
    x, y = left + panel["x"] + 0.4 * panel["w"], top + panel["y"] + 0.3 * panel["h"]
    hand.page.drag((x, y), (x + 0.2 * panel["w"], y))
    hand.wait(lambda state: value(hand, "Momentum lr") != 0.1, "another lr")
    lr, momentum = value(hand, "Momentum lr"), value(hand, "Momentum momentum")
    assert momentum > 0.99
    run = descend(surfaces.ravine, Momentum(lr=lr, momentum=momentum))
    hand.wait(lambda state: state["tracks"][0]["x"][-2:] == run.x[-1].tolist(), "its path")
    # The map does not depend on what it spans, but on all else.
    assert whole(hand, "settings")["maps"]["settings"]["key"] == before["key"]
    hand.press(CROSS, "ArrowLeft", "ArrowDown")
    hand.wait(lambda state: value(hand, "Momentum momentum") < momentum, "less momentum")
    assert value(hand, "Momentum lr") < lr
    said = hand.js(f"return figure.querySelector('{CROSS}').getAttribute('aria-valuetext');")
    assert said.startswith("lr = ")
    assert ", momentum = 0." in said
    hand.type("Start x", "3")
    hand.wait(lambda state: state["maps"]["settings"]["key"] != before["key"], "another map")
    assert whole(hand, "settings")["maps"]["settings"]["f"] != before["f"]
    hand.choose("Map of", 1)
    curve = whole(hand, "settings")["maps"]["settings"]
    assert len(curve["f"]) == 256  # one hyperparameter: a curve
    hand.press(CROSS, "ArrowUp", "ArrowRight")
    hand.wait(lambda state: value(hand, "SGD lr") > 0.9, "a larger lr")
    explorer.close()


def test_a_map_of_starts_lies_under_the_paths(show):
    explorer = Explorer(surfaces.himmelblau, [SGD(lr=0.01), Adam(lr=0.3)])
    hand = show(explorer)
    plain = hand.picture()
    hand.button("Map of starts")
    before = whole(hand, "starts")["maps"]["starts"]
    assert hand.picture() != plain
    said = words(hand, "Map of starts")
    for i, (x, y) in enumerate(surfaces.himmelblau.minima):
        assert f"{i + 1}: " in said
        assert f"reach ({x:.3g}, {y:.3g})" in said
    hand.type("SGD lr", "0.1")
    hand.wait(lambda state: state["maps"]["starts"]["key"] != before["key"], "another map")
    whole(hand, "starts")
    assert "diverge" in words(hand, "Map of starts")
    hand.button("Map of starts")
    hand.wait(lambda state: state["maps"]["starts"] is None, "closed")
    explorer.close()


def test_the_surface_is_zoomed_and_moved(show):
    hand = show(explorer := Explorer(surfaces.ravine, [SGD(lr=0.9)]))
    keyboard, mouse = hand.page.page.keyboard, hand.page.page.mouse
    first = hand.state()
    mouse.move(*hand.on_panel(0, 0.25, 0.5))
    mouse.wheel(0, -200)  # the page's own
    assert hand.state()["xs"] == first["xs"]
    keyboard.down("Control")
    mouse.wheel(0, -200)
    near = hand.wait(lambda state: state["xs"] != first["xs"], "zoomed")
    keyboard.up("Control")
    assert near["xs"] == pytest.approx([-6, 2], abs=0.1)  # about the mouse
    assert near["tracks"] == first["tracks"]
    hand.page.click(*hand.on_panel(0, 0.5, 0.5))
    assert start_of(hand.wait(lambda state: start_of(state) != [-7, 2], "a start"))[0] == (
        pytest.approx(-2, abs=0.1)
    )
    keyboard.down("Control")
    hand.page.drag(hand.on_panel(0, 0.4, 0.5), hand.on_panel(0, 0.5, 0.5))
    moved = hand.wait(lambda state: state["xs"] != near["xs"], "moved")
    keyboard.up("Control")
    assert moved["xs"][0] < near["xs"][0]
    assert start_of(moved) == start_of(hand.state())
    hand.press(hand.button_selector("+ zoom in"), "+", "ArrowRight")
    hand.wait(lambda state: state["xs"][0] > moved["xs"][0], "nearer by keys")
    hand.button("Whole surface")
    hand.wait(lambda state: state["xs"] == first["xs"], "the whole")
    explorer.close()


def test_two_fingers_zoom(show):
    hand = show(explorer := Explorer(surfaces.ravine, [SGD(lr=0.9)]), has_touch=True)
    first = hand.state()
    session = hand.page.page.context.new_cdp_session(hand.page.page)
    (ax, y), (bx, _) = hand.on_panel(0, 0.45, 0.5), hand.on_panel(0, 0.55, 0.5)
    for kind, apart in [
        ("touchStart", 0),
        ("touchMove", 20),
        ("touchMove", 40),
        ("touchEnd", None),
    ]:
        fingers = [] if apart is None else [{"x": ax - apart, "y": y}, {"x": bx + apart, "y": y}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})
    now = hand.wait(lambda state: state["xs"] != first["xs"], "zoomed")
    assert now["xs"][1] - now["xs"][0] < 14
    assert start_of(now) == start_of(first)
    explorer.close()


def test_a_link_keeps_the_view_and_the_maps(show):
    explorer = Explorer(surfaces.himmelblau, RULES)
    hand = show(explorer)
    hand.button("Map of settings")
    whole(hand, "settings")  # and its menus are filled
    hand.choose("Map of", 4)
    hand.wait(lambda state: words(hand, "Map of settings").count("Adam: "), "a map of Adam")
    hand.choose("Up", 2)
    hand.button("Map of starts")
    hand.button("+ zoom in")
    hand.click(".optim-sharing summary")
    link = ".optim-sharing a"
    hand.wait(lambda _: "zoom" in hand.js(f"return figure.querySelector('{link}').href;"), "a link")
    address = hand.js(f"return figure.querySelector('{link}').href;")
    assert "settings=Adam,,beta2" in address
    assert "&starts=" in address
    state = whole(hand, "settings")
    hand.page.page.goto("about:blank")
    hand.page.page.goto(address)
    again = whole(hand, "settings")
    assert again["xs"] == pytest.approx(state["xs"], rel=1e-6)
    assert again["maps"]["settings"]["key"] == state["maps"]["settings"]["key"]
    assert whole(hand, "starts")
    explorer.close()


def test_what_is_typed_has_maps(show):
    hand = show(explorer := Explorer(surfaces.ravine, [SGD(lr=0.9)], steps=30))
    page = hand.page.page

    def type_(**texts):
        for label, text in texts.items():
            field = page.get_by_label(label, exact=True)
            field.fill(text)
        field.press("Control+Enter")

    page.locator(".optim-typing summary").press("Enter")
    type_(**{"f(x, y) =": "x**2/20 + y**2 + cos(x)"})
    hand.wait(lambda state: state["surface"].endswith("cos(x)"), "the surface")
    type_(Name="Own", Settings="lr = 0.1", Step="x -= lr*g")
    hand.wait(lambda state: len(state["tracks"]) == 2, "the rule")
    hand.button("Map of settings")
    hand.button("Map of starts")
    whole(hand, "settings")
    hand.choose("Map of", 1)
    hand.wait(lambda state: words(hand, "Map of settings").count("Own: "), "a map of Own")
    before = whole(hand, "settings")["maps"]["settings"]
    assert whole(hand, "starts")
    assert "stay finite" in words(hand, "Map of starts")
    type_(Step="x -= 2*lr*g")  # another rule of the same name
    again = hand.wait(lambda state: state["maps"]["settings"]["f"] != before["f"], "another map")
    assert again["maps"]["settings"]["key"] == before["key"]
    whole(hand, "settings")
    page.mouse.click(*hand.at(".optim-chart canvas", 0.5, 0.5))
    hand.wait(lambda state: value(hand, "Own lr") != 0.1, "another lr")
    explorer.close()


def test_what_python_computes_has_no_map(show):
    hand = show(explorer := Explorer(surfaces.ravine, [Choosy(lr=0.1), SGD(lr=0.1)]))
    hand.button("Map of settings")
    hand.button("Map of starts")
    for map_ in ("Map of settings", "Map of starts"):
        hand.wait(lambda _, m=map_: "Choosy is computed in Python: " in words(hand, m), "a reason")
    assert hand.state()["maps"]["settings"] is None
    hand.choose("Map of", 1)
    whole(hand, "settings")
    explorer.close()


@pytest.mark.parametrize(("width", "scheme"), [(1200, "light"), (390, "dark")])
def test_axe_finds_nothing_on_open_maps(show, width, scheme):
    explorer = Explorer(surfaces.himmelblau, RULES)
    hand = show(explorer, viewport={"width": width, "height": 800}, color_scheme=scheme)
    hand.button("Map of settings")
    hand.button("Map of starts")
    hand.button("+ zoom in")
    whole(hand, "starts")  # and its menus are filled
    hand.choose("Map of", 4)
    hand.choose("Starts of", 4)
    whole(hand, "settings")
    page = hand.page.page
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.evaluate((parts.npm_package("axe-core") / "axe.min.js").read_text("utf-8") + "; 0")
    found = page.evaluate(
        """async () => (await axe.run(".optim-explorer", { runOnly: { type: "tag", values: [
            "wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] } })
        ).violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)])"""
    )
    assert found == []
    explorer.close()
