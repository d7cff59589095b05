"""A surface and a rule typed in the figure, by keyboard: on a plain page, and with a kernel."""

import pytest

from browser import conftest, engines, javascript, parts, plain
from browser.hand import Hand
from optim_lib import SGD, Adam, surfaces
from optim_lib.explorer import Explorer

SETUP = """from optim_lib import *
from optim_lib.explorer import Explorer

class Choosy(Optimizer):  # an `if` on a number: Python computes it
    lr: float = 0.1
    def step(self, x, g, state):
        return x - (self.lr if self.lr < 1 else 1) * g, state

figure = Explorer(surfaces.ravine, [SGD(lr=0.9), Choosy(lr=0.01)], steps=20)
figure"""
TELL = """print(figure.words, end="")"""
SLIDERS = """print(figure.surface.name, figure.sliders["Own.lr"].value, *figure.result)"""


def fill(page, label, text):
    field = page.get_by_label(label, exact=True)
    field.fill(text)
    return field


@pytest.fixture
def hand(browser, tmp_path):
    """A hand on a figure of a plain page."""
    explorer = Explorer(surfaces.ravine, [SGD(lr=0.9), Adam(lr=0.3)], steps=20)
    context = browser.new_context(viewport={"width": 390, "height": 800})
    page = context.new_page()
    profiler = javascript.watch(page)
    page.goto(plain.write_page(tmp_path, explorer).as_uri())
    found = Hand(engines.Chromium(page))
    found.ready()
    yield found
    heard = page.evaluate("window.heard")
    javascript.note(profiler)
    context.close()
    explorer.close()
    assert heard == []


def test_a_mistake_is_said_with_its_place_and_harms_nothing(hand):
    page, before = hand.page.page, hand.state()
    assert not page.get_by_label("f(x, y) =").is_visible()
    hand.choose("Surface", len(surfaces.CATALOGUE))  # its last entry
    formula = page.get_by_label("f(x, y) =")
    page.wait_for_function("document.activeElement.closest('.optim-typing')")
    page.keyboard.type("x^2 + y")
    page.keyboard.press("Enter")
    alert = page.get_by_role("alert").filter(has_text="Line")
    assert alert.inner_text().split("\n")[0] == (
        "f(x, y): Line 1, column 2: ^ is not known here; a power is written **, as in x**2."
    )
    assert alert.locator("pre").inner_text() == "x^2 + y\n ^"
    assert formula.get_attribute("aria-invalid") == "true"
    assert formula.get_attribute("aria-describedby") == alert.get_attribute("id")
    assert formula.evaluate("e => [e === document.activeElement, e.selectionStart]") == [True, 1]
    fill(page, "Step", "x = x - rate*g").press("Control+Enter")
    assert "rate is not known" in page.get_by_role("alert").nth(1).inner_text()
    fill(page, "x from", "9").press("Enter")
    assert page.get_by_role("alert").first.inner_text().startswith("x from, to: two numbers")
    page.evaluate((parts.npm_package("axe-core") / "axe.min.js").read_text("utf-8") + "; 0")
    found = page.evaluate(
        """async () => (await axe.run(".optim-explorer", { runOnly: { type: "tag", values: [
            "wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] } })
        ).violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)])"""
    )
    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert hand.state()["words"] == before["words"]


def test_what_is_typed_lives_as_any_other_and_travels_by_a_link(hand):
    page, before = hand.page.page, hand.state()
    page.locator(".optim-typing summary").press("Enter")
    fill(page, "f(x, y) =", "x**2/20 + y**2 + sin(3*x)").press("Enter")
    state = hand.wait(lambda state: state["surface"].startswith("x**2/20"), "the surface")
    assert state["tracks"][0]["x"][:2] == [-3.2, 2.4]
    fill(page, "Name", "Own")
    fill(page, "Settings", "lr = 0.1, k = 2")
    fill(page, "Step", "h += g**2\nx -= lr*g/(sqrt(h) + 1e-8)*k/2").press("Control+Enter")
    state = hand.wait(lambda state: len(state["tracks"]) == 3, "the rule")
    assert "\nOwn: f = " in state["words"]
    hand.press('[role=slider][aria-label="Own lr"]', "ArrowRight")
    state = hand.wait(lambda now: now["tracks"][2]["x"] != state["tracks"][2]["x"], "an answer")
    assert [part["name"] for part in state["tracks"][2]["parts"]] == ["g", "√h", "step", "rate"]
    page.locator(".optim-sharing summary").press("Enter")
    link = hand.page.wait("document.querySelector('.optim-copied a').href")
    page.goto("about:blank")
    page.goto(link)
    assert hand.ready()["words"] == state["words"]
    assert hand.state()["surface"] == state["surface"]
    hand.button("Reset")
    hand.wait(lambda state: state["words"] == before["words"], "as it began")
    assert len(hand.state()["tracks"]) == 2


def test_the_kernel_knows_what_is_typed(browse):
    notebook = browse("lab", [SETUP, TELL, SLIDERS])
    notebook.run(0)
    figure, page = notebook.figure(), notebook.page
    page.locator(".optim-typing summary").press("Enter")
    fill(page, "f(x, y) =", "x**2/20 + y**2 + np.cos(x)").press("Enter")
    fill(page, "Name", "Own")
    fill(page, "Step", "v = momentum*v - lr*g\nx = x + v").press("Control+Enter")
    figure.wait("state => state.tracks.length === 3")
    figure.type("Own lr", 0.05)

    def said():
        notebook.run(1)
        return notebook.output(1)

    assert conftest.agree(figure, said).count("\n") == 2
    notebook.run(2)
    assert notebook.output(2).strip() == "x**2/20 + y**2 + np.cos(x) 0.05 SGD Choosy Own"
    state = figure.state()
    assert [track["source"] for track in state["tracks"]] == ["replay", "python", "replay"]
    figure.button("Reset").click()
    assert conftest.agree(figure, said).count("\n") == 1
    assert notebook.errors == []
