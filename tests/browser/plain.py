"""Live figures on plain pages, without a kernel, and what their browsers must compute."""

import base64
import json

import numpy as np

from optim_lib.live import css, javascript

POLICY = "script-src 'self'"  # no eval, no script in the page itself
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>Live figures</title>
<link rel="stylesheet" href="figure.css">
<script src="watch.js"></script>
</head>
<body style="{style}">
<main>
<h1>Live figures</h1>
{figures}
</main>
<script src="figure.js"></script>
</body>
</html>
"""
FIGURE = '<script type="application/json" class="optim-figure">{}</script>'
# What goes wrong on a page is kept where a test can ask for it.
WATCH = """window.heard = [];
const hear = (event) => window.heard.push(String(
    event.message ?? event.reason ?? `${event.violatedDirective} ${event.blockedURI}`));
for (const kind of ["error", "unhandledrejection", "securitypolicyviolation"])
    addEventListener(kind, hear);
const complain = console.error;
console.error = (...words) => (window.heard.push(words.join(" ")), complain(...words));
"""
# A model of a host, in the page's hands, for a figure made by the module of notebooks.
MODEL = """async ([text, state]) => {
    const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
    const { default: { render } } = await import(url);
    const callbacks = {};
    const place = document.body.appendChild(document.createElement("div"));
    window.saved = 0;
    window.model = {
        get: (name) => state[name],
        set(name, value) {
            state[name] = value;
            for (const callback of callbacks[`change:${name}`] ?? []) callback();
        },
        on: (event, callback) => (callbacks[event] ??= []).push(callback),
        off: (event, callback) =>
            (callbacks[event] = callbacks[event].filter((known) => known !== callback)),
        save_changes: () => window.saved++,
    };
    window.callbacks = callbacks;
    window.end = render({ model: window.model, el: place });
}"""


def state_of(explorer):
    """Return the state of a figure as JSON; bytes as text."""
    names = [name for name in explorer.keys if not name.startswith("_") and name != "layout"]
    state = explorer.get_state([n for n in names if n not in ("tabbable", "tooltip")])
    return json.dumps(state, default=lambda data: base64.b64encode(data).decode(), allow_nan=False)


def write_page(folder, *explorers, policy=POLICY, style=""):
    """Write a page with these figures, its script and its style sheet; return its path."""
    states = [f'{{"state": {state_of(explorer)}}}' for explorer in explorers]
    figures = [FIGURE.format(state.replace("<", r"\u003c")) for state in states]
    texts = {
        "figure.js": javascript("page"),
        "figure.css": css(),
        "watch.js": WATCH,
        "page.html": PAGE.format(policy=policy, style=style, figures="\n".join(figures)),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    return folder / "page.html"


def random_settings(rng, explorer, steps):
    """Return a start, a noise, a seed and a value for each hyperparameter, in the words of traits.

    The surface is the one that the figure has; some of it leads to divergence.
    """
    bounds = np.array(explorer.surface.bounds)
    return {
        "start": rng.uniform(*bounds.T).round(4).tolist(),
        "steps": steps,
        "noise": float(rng.choice([0.0, 10 ** rng.uniform(-2, 1)])),
        "seed": int(rng.integers(2**53)),
        "values": [
            [
                known["value"]
                if not known["slider"]
                else _shortened(1 - 10 ** rng.uniform(-4, 0))
                if known["kind"] == "fraction"
                else _shortened(10 ** rng.uniform(-3, 0.5))
                for known in rule["hyperparameters"]
            ]
            for rule in explorer.rules
        ],
    }


def _shortened(value):
    return float(f"{value:.6g}")
