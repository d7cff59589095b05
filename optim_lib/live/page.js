// Host: a plain page, without a kernel. Each figure's state stands in the page as JSON.

import { Figure } from "./figure.js";
import { settingsOf } from "./sharing.js";

/** A model that nobody else shares. */
class PageModel {
  /** @param {Record<string, unknown>} state */
  constructor(state) {
    this.state = state;
    /** @type {Record<string, (() => void)[]>} */
    this.callbacks = {};
  }

  /** @param {string} name @returns {any} */
  get(name) {
    return this.state[name];
  }

  /** @param {string} name @param {unknown} value */
  set(name, value) {
    this.state[name] = value;
    for (const callback of this.callbacks[`change:${name}`] ?? []) callback();
  }

  /** @param {string} event @param {() => void} callback */
  on(event, callback) {
    (this.callbacks[event] ??= []).push(callback);
  }

  save_changes() {}
}

/**
 * Read a figure's state. A surface that is only named stands in the page's catalogue, once for all,
 * and so do the schedules of the library.
 *
 * @param {string} text
 */
function stateOf(text) {
  const { state } = JSON.parse(text);
  /** @typedef {{optimSurfaces?: {name: string}[], optimSchedules?: object[]}} Catalogue */
  const { optimSurfaces: catalogue = [], optimSchedules: schedules = [] } =
    /** @type {Catalogue} */ (/** @type {unknown} */ (window));
  state.surfaces = state.surfaces.map((/** @type {any} */ known) =>
    typeof known === "string" ? catalogue.find(({ name }) => name === known) : known,
  );
  state.schedules = [...schedules, ...(state.schedules ?? [])];
  state.schedule ??= null;
  state.first.schedule ??= null;
  return state;
}

/** What the address of the page says of one of its figures. */
const said = () => new URLSearchParams(location.hash.slice(1));

/** Bring every figure of the page to life, each in a place of its own behind its state. */
function mountAll() {
  const scripts = document.querySelectorAll("script.optim-figure[type='application/json']");
  scripts.forEach((script, i) => {
    if (script.nextElementSibling?.classList.contains("optim-live")) return;
    const place = document.createElement("div");
    place.className = "optim-live";
    script.after(place);
    const state = stateOf(script.textContent ?? "");
    const figure = new Figure(new PageModel(state), place, i + 1);
    const follow = () => {
      if (said().get("figure") !== String(i + 1)) return;
      figure.change(settingsOf(said(), state, state.first));
      figure.follow(said());
      place.scrollIntoView({ block: "center" });
    };
    addEventListener("hashchange", follow);
    follow();
  });
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", mountAll);
else mountAll();
