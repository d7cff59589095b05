"""Three browser engines, each showing one plain page, driven alike.

Each has `open`, `evaluate`, `wait`, `click`, `drag`, `press`, `type` and `screenshot`.
"""

import base64
import json
import os
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

from browser import parts

SIZE = 1200, 900
FIREFOX = parts.JAVASCRIPT / "firefox.mjs"

KEYS = {  # as WebDriver has them
    "ArrowLeft": "\ue012",
    "ArrowUp": "\ue013",
    "ArrowRight": "\ue014",
    "Enter": "\ue007",
}


class Page:
    """What the three have in common; each engine says how it does the rest."""

    def open(self, path):
        """Open a file."""
        self.go(Path(path).as_uri())

    def wait(self, expression, timeout=30):
        """Wait until an expression of JavaScript is true, and return its value."""
        end = time.monotonic() + timeout
        while not (value := self.evaluate(expression)):
            assert time.monotonic() < end, f"never true: {expression}"
            time.sleep(0.02)
        return value

    def click(self, x, y):
        self.drag((x, y))


class Chromium(Page):
    """Chromium, through Playwright."""

    def __init__(self, page):
        self.page = page

    def go(self, address):
        self.page.goto(address)

    def evaluate(self, expression):
        return self.page.evaluate(expression)

    def drag(self, first, *others):
        self.page.mouse.move(*first)
        self.page.mouse.down()
        for point in others:
            self.page.mouse.move(*point)
        self.page.mouse.up()

    def press(self, key):
        self.page.keyboard.press(key)

    def type(self, text):
        self.page.keyboard.type(text)

    def screenshot(self):
        return self.page.screenshot()


class Firefox(Page):
    """Firefox, through Puppeteer in a Node.js beside this."""

    def __init__(self, process):
        self.process = process
        self._answer()

    def _answer(self):
        line = self.process.stdout.readline()
        assert line, f"Firefox ended with {self.process.wait(10)}"
        answer = json.loads(line)
        assert "error" not in answer, answer["error"]
        return answer["value"]

    def _do(self, action, **message):
        self.process.stdin.write(json.dumps({"action": action, **message}) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def go(self, address):
        self._do("open", url=address, width=SIZE[0], height=SIZE[1])

    def evaluate(self, expression):
        return self._do("evaluate", expression=expression)

    def drag(self, *points):
        self._do("drag", points=points)

    def press(self, key):
        self._do("press", key=key)

    def type(self, text):
        self._do("type", text=text)

    def screenshot(self):
        return base64.b64decode(self._do("screenshot"))


class WebKit(Page):
    """WebKitGTK's MiniBrowser, through Selenium."""

    def __init__(self, driver):
        self.driver = driver

    def go(self, address):
        self.driver.get(address)

    def evaluate(self, expression):
        value, error = self.driver.execute_async_script(
            f"""const done = arguments[0];
            Promise.resolve().then(() => {expression}).then(
                (value) => done([value ?? null, ""]), (error) => done([null, `${{error}}`]));"""
        )
        assert not error, error
        return value

    def _actions(self):
        from selenium.webdriver.common.actions.action_builder import ActionBuilder

        return ActionBuilder(self.driver, duration=0)

    def drag(self, first, *others):
        actions = self._actions()
        hand = actions.pointer_action
        hand.move_to_location(*map(round, first)).pointer_down()
        for point in others:
            hand.move_to_location(*map(round, point))
        hand.pointer_up()
        actions.perform()

    def press(self, key):
        self.type([KEYS[key]])

    def type(self, text):
        actions = self._actions()
        for key in text:
            actions.key_action.key_down(key).key_up(key)
        actions.perform()

    def screenshot(self):
        return self.driver.get_screenshot_as_png()


@contextmanager
def chromium():
    """Run Chromium by Playwright; of these there can be one at a time."""
    arguments = ["--no-sandbox", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=parts.chromium(), args=arguments)
        yield browser
        browser.close()


@contextmanager
def firefox():
    """Run Firefox, and give its page."""
    parts.npm_package("puppeteer-core")
    process = subprocess.Popen(
        [parts.node(), FIREFOX, parts.firefox()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Firefox(process)
    finally:
        process.stdin.close()  # it then closes its browser
        process.wait(30)


@contextmanager
def screen():
    """Run a screen without a monitor, and give its name."""
    command = ["Xvfb", "-displayfd", "1", "-screen", "0", "1400x1100x24", "-nolisten", "tcp"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        yield f":{process.stdout.readline().decode().strip()}"
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def webkit():
    """Run WebKit, and give its page."""
    minibrowser = parts.minibrowser()
    webdriver = parts.need(selenium(), "PyPI's selenium")
    with screen() as display:
        root = {"WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1"} if os.geteuid() == 0 else {}
        service = webdriver.WebKitGTKService(env={**os.environ, "DISPLAY": display, **root})
        options = webdriver.WebKitGTKOptions()
        options.binary_location = minibrowser
        options.add_argument("--automation")
        driver = webdriver.WebKitGTK(options=options, service=service)
        try:
            driver.set_window_size(SIZE[0], SIZE[1] + 100)
            yield WebKit(driver)
        finally:
            driver.quit()


def selenium():
    try:
        from selenium import webdriver
    except ImportError:
        return None
    return webdriver
