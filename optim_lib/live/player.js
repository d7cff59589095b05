// Playback: the step under the cursor, by hand or by the clock.

import { make, makeButton, put } from "./controls.js";

const STEPS_A_SECOND = 15;
const CALM_STEPS_A_SECOND = 3; // for those who asked their system for less motion
const SPEEDS = [0.25, 0.5, 1, 2, 4];

/** Buttons, a rail and a speed for the step that is shown. */
export class Player {
  /**
   * @param {() => {step: number, last: number}} where
   * @param {(step: number) => void} go
   */
  constructor(where, go) {
    this.where = where;
    this.go = go;
    this.timer = 0;
    this.frame = 0;
    this.sign = make("span", { "aria-hidden": true });
    this.verb = make("span", {});
    this.button = makeButton("", "", "", () => (this.playing ? this.pause() : this.play()));
    this.button.className = "optim-play";
    this.button.append(this.sign, this.verb);
    this.name("▶︎", "Play");
    this.scrub = make("input", { type: "range", min: 0, step: 1, "aria-label": "Step shown" });
    this.counter = make("output", {});
    this.speed = make(
      "select",
      { "aria-label": "Speed" },
      ...SPEEDS.map((k) => make("option", { value: k }, `${k}×`)),
    );
    this.speed.value = "1";
    this.scrub.addEventListener("input", () => this.jump(Number(this.scrub.value)));
    this.scrub.addEventListener("keydown", (event) => event.stopPropagation());
    /** @param {string} sign @param {string} name @param {() => number} step */
    const button = (sign, name, step) => makeButton(sign, name, name, () => this.jump(step()));
    this.element = make(
      "div",
      { class: "optim-player", role: "group", "aria-label": "Playback" },
      button("⇤", "First step", () => 0),
      button("−1", "−1 step back", () => this.where().step - 1),
      this.button,
      button("+1", "+1 step forwards", () => this.where().step + 1),
      this.scrub,
      this.counter,
      this.speed,
    );
  }

  get playing() {
    return Boolean(this.timer || this.frame);
  }

  /** @param {number} step */
  jump(step) {
    this.pause();
    this.go(step);
  }

  /**
   * @param {string} sign
   * @param {string} verb what the button does when it is pressed
   */
  name(sign, verb) {
    put(this.sign, sign);
    put(this.verb, verb);
  }

  pause() {
    cancelAnimationFrame(this.frame);
    clearTimeout(this.timer);
    this.frame = this.timer = 0;
    this.name("▶︎", "Play");
  }

  play() {
    const { step, last } = this.where();
    this.go(step >= last ? 0 : step); // at the end it begins again
    this.name("⏸︎", "Pause");
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) this.stepByStep();
    else this.flow();
  }

  /** Go on with each frame of the screen. */
  flow() {
    let [time, position] = [performance.now(), this.where().step];
    const tick = (/** @type {number} */ now) => {
      position += (Math.max(0, now - time) / 1000) * STEPS_A_SECOND * Number(this.speed.value);
      time = now;
      const whole = Math.floor(position);
      if (whole !== this.where().step) this.go(whole);
      if (position >= this.where().last) this.pause();
      else this.frame = requestAnimationFrame(tick);
    };
    this.frame = requestAnimationFrame(tick);
  }

  /** Go on a few times a second: no smooth motion. */
  stepByStep() {
    const wait = 1000 / CALM_STEPS_A_SECOND / Number(this.speed.value);
    this.timer = window.setTimeout(() => {
      const { step, last } = this.where();
      this.go(step + 1);
      if (step + 1 >= last) this.pause();
      else this.stepByStep();
    }, wait);
  }

  /**
   * @param {number} step
   * @param {number} last
   */
  show(step, last) {
    this.scrub.max = String(last);
    this.scrub.value = String(step);
    this.scrub.setAttribute("aria-valuetext", `step ${step} of ${last}`);
    put(this.counter, `step ${step} of ${last}`);
  }
}
