// A Firefox to be driven by lines of JSON: {"action", ...} in, {"value"} or {"error"} out.
// Run: node firefox.mjs PATH_OF_FIREFOX

import { createInterface } from "node:readline";

import puppeteer from "puppeteer-core";

const browser = await puppeteer.launch({
  browser: "firefox",
  executablePath: process.argv[2],
  headless: true,
});
const page = await browser.newPage();

/** @type {Record<string, (message: any) => unknown>} */
const actions = {
  async open({ url, width, height }) {
    await page.setViewport({ width, height });
    await page.goto(url);
  },
  evaluate: ({ expression }) => page.evaluate(expression),
  async drag({ points }) {
    const [first, ...others] = points;
    await page.mouse.move(first[0], first[1]);
    await page.mouse.down();
    for (const [x, y] of others) await page.mouse.move(x, y);
    await page.mouse.up();
  },
  press: ({ key }) => page.keyboard.press(key),
  type: ({ text }) => page.keyboard.type(text),
  screenshot: () => page.screenshot({ encoding: "base64" }),
};

/** @param {object} answer */
const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);

say({ value: await browser.version() });
for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  try {
    say({ value: (await actions[message.action](message)) ?? null });
  } catch (error) {
    say({ error: String(error) });
  }
}
await browser.close();
