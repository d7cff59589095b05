// The form in which a learner types a surface or a rule. It is closed at first.

import { make, makeButton, put } from "./controls.js";
import { Mistake } from "./grammar.js";
import { typedRule, typedSurface, wrongEnds, wrongLabel } from "./typed.js";

/** @typedef {import("./tracks.js").State} State */
/** @typedef {import("./typed.js").Typed} Typed */

/**
 * @typedef {object} Hooks into a figure
 * @property {() => State} state with what was typed before
 * @property {() => import("./paths.js").Rule[]} rules that were not typed
 * @property {(changes: Record<string, unknown>) => void} take
 */

const MOST_ENTRIES = 8;
const FORMULA = "x**2/20 + y**2 + sin(3*x)";
const SETTINGS_TEXT = "lr = 0.1, momentum = 0.9";
const STEP_TEXT = "v = momentum*v - lr*g\nx = x + v";
const SURFACE_HELP =
  "A surface is an expression of x and y in Python's notation: + - * / **, sin, cos, exp, log, " +
  "sqrt, abs, where(x > 0, this, that) and others of NumPy, with or without np., and pi.";
const RULE_HELP =
  "A rule is the lines of a step, as a lesson writes them. x is the point, g the gradient, t the " +
  "number of the step. What a step reads before it assigns it is remembered; it begins at 0. " +
  "Each setting gets a slider.";

let forms = 0; // so that each element of a page has an id of its own

/**
 * A field with its label, before it.
 *
 * @template {HTMLElement} Field
 * @param {string} text
 * @param {Field} field
 * @param {string} [className]
 */
function labelled(text, field, className = "") {
  return make("label", { class: className }, make("span", {}, text), field);
}

/**
 * @param {string} value
 * @param {Record<string, string | number | boolean>} [more]
 */
function makeLine(value, more = {}) {
  const plain = { type: "text", spellcheck: false, autocapitalize: "off", autocomplete: "off" };
  const field = make("input", { ...plain, ...more });
  field.value = value;
  return field;
}

/** @param {string} value @param {number} rows */
function makeText(value, rows) {
  const field = make("textarea", { rows, spellcheck: false, autocapitalize: "off" });
  field.dataset.lmSuppressShortcuts = "true";
  field.value = value;
  return field;
}

/** A place for what is wrong, which is announced. */
function makeComplaint() {
  const id = `optim-complaint-${++forms}`;
  const [words, excerpt] = [make("p", {}), make("pre", { "aria-hidden": true })];
  const element = make("div", { class: "optim-complaint", role: "alert", id }, words, excerpt);
  return { element, words, excerpt, id };
}

/** What is wrong with a field. */
class Complaint extends Error {
  /** @param {HTMLInputElement | HTMLTextAreaElement} field @param {string} reason */
  constructor(field, reason) {
    super(reason);
    this.field = field;
  }
}

/** The form of a figure. */
export class TypingForm {
  /** @param {Hooks} hooks */
  constructor(hooks) {
    this.hooks = hooks;
    this.formula = makeLine(FORMULA);
    this.ends = ["x from", "x to", "y from", "y to"].map((name, i) => {
      const field = make("input", { type: "number", step: "any", "aria-label": name });
      field.value = i % 2 ? "4" : "-4";
      return field;
    });
    this.name = makeLine("Mine", { maxlength: 20 });
    this.settings = makeLine(SETTINGS_TEXT);
    this.step = makeText(STEP_TEXT, 4);
    this.element = make(
      "details",
      { class: "optim-typing" },
      make("summary", {}, "Type a surface or a rule"),
      make("div", { class: "optim-forms" }, this.surfaceForm(), this.ruleForm()),
    );
  }

  surfaceForm() {
    const [left, right, bottom, top] = this.ends;
    const ends = make(
      "div",
      { class: "optim-ends" },
      make("span", {}, "x from ", left, " to ", right),
      make("span", {}, "y from ", bottom, " to ", top),
    );
    return this.form(
      "Surface",
      SURFACE_HELP,
      [labelled("f(x, y) =", this.formula), ends],
      "Show this surface",
      () => this.takeSurface(),
    );
  }

  ruleForm() {
    const fields = [
      labelled("Name", this.name),
      labelled("Settings", this.settings),
      labelled("Step", this.step),
    ];
    return this.form("Rule", RULE_HELP, fields, "Show this rule", () => this.takeRule());
  }

  /**
   * @param {string} name
   * @param {string} help
   * @param {HTMLElement[]} fields
   * @param {string} does what its button says
   * @param {() => void} take
   */
  form(name, help, fields, does, take) {
    const complaint = makeComplaint();
    const submit = () => this.attempt(take, complaint);
    const element = make(
      "div",
      { class: "optim-form", role: "group", "aria-label": name },
      make("p", {}, help),
      ...fields,
      makeButton(does, does, "", submit),
      complaint.element,
    );
    element.addEventListener("keydown", (event) => {
      event.stopPropagation(); // the notebook would take letters for commands
      const { target, key, ctrlKey, metaKey } = event;
      if (key !== "Enter" || target instanceof HTMLButtonElement) return;
      if (target instanceof HTMLTextAreaElement && !ctrlKey && !metaKey) return;
      event.preventDefault();
      submit();
    });
    return element;
  }

  /** Open the form for a surface. */
  open() {
    this.element.open = true;
    this.formula.focus();
    this.formula.select();
  }

  /**
   * Take what is typed, or say what is wrong with it and where.
   *
   * @param {() => void} take
   * @param {ReturnType<typeof makeComplaint>} complaint
   */
  attempt(take, { words, excerpt, id }) {
    const fields = [this.formula, ...this.ends, this.name, this.settings, this.step];
    for (const field of fields) {
      field.removeAttribute("aria-invalid");
      field.removeAttribute("aria-describedby");
    }
    put(words, "");
    put(excerpt, "");
    try {
      take();
    } catch (error) {
      if (!(error instanceof Complaint)) throw error;
      const { field, cause } = error;
      put(words, error.message);
      put(excerpt, cause instanceof Mistake ? cause.excerpt : "");
      field.setAttribute("aria-invalid", "true");
      field.setAttribute("aria-describedby", id);
      field.focus();
      if (cause instanceof Mistake) field.setSelectionRange(cause.at, cause.at + 1);
    }
  }

  /**
   * Read a field; a mistake is that field's.
   *
   * @template Made
   * @param {(text: string) => Made} read
   * @param {HTMLInputElement | HTMLTextAreaElement} field
   * @param {string} name
   */
  read(read, field, name) {
    try {
      return read(field.value);
    } catch (error) {
      if (!(error instanceof Mistake)) throw error;
      throw Object.assign(new Complaint(field, `${name}: ${error.message}`), { cause: error });
    }
  }

  /** What was typed before. @returns {Typed} */
  get typed() {
    return this.hooks.state().typed ?? { surfaces: [], rules: [] };
  }

  takeSurface() {
    const [a, b, c, d] = this.ends.map((end) => (end.value === "" ? NaN : Number(end.value)));
    for (const [low, high, i] of [
      [a, b, 0],
      [c, d, 2],
    ]) {
      const reason = wrongEnds(low, high);
      if (reason) throw new Complaint(this.ends[i], `${"xy"[i / 2]} from, to: ${reason}.`);
    }
    const made = {
      text: this.formula.value.trim(),
      bounds: [
        [a, b],
        [c, d],
      ],
    };
    const read = (/** @type {string} */ text) =>
      typedSurface({
        text,
        bounds: [
          [a, b],
          [c, d],
        ],
      });
    const { start } = this.read(read, this.formula, "f(x, y)");
    const { surfaces, rules } = this.typed;
    const before = surfaces.findIndex(({ text }) => text === made.text);
    const place = before < 0 ? surfaces.length : before;
    if (place === MOST_ENTRIES)
      throw new Complaint(
        this.formula,
        `${MOST_ENTRIES} typed surfaces at most; Reset takes them away.`,
      );
    const typed = { surfaces: surfaces.toSpliced(place, 1, /** @type {any} */ (made)), rules };
    const surface = this.hooks.state().surfaces.length - surfaces.length + place;
    this.hooks.take({ typed, surface, start: [...start] });
  }

  takeRule() {
    const { surfaces, rules } = this.typed;
    const label = this.name.value.trim();
    const wrong = wrongLabel(
      label,
      this.hooks.rules().map((rule) => rule.label),
    );
    if (wrong) throw new Complaint(this.name, `Name: ${wrong}.`);
    const made = { name: label, settings: this.settings.value, step: this.step.value };
    this.read(
      (settings) => typedRule({ ...made, settings, step: "x = g" }, []),
      this.settings,
      "Settings",
    );
    const rule = this.read((step) => typedRule({ ...made, step }, []), this.step, "Step");
    const before = rules.findIndex(({ name }) => name === label);
    const place = before < 0 ? rules.length : before;
    if (place === MOST_ENTRIES)
      throw new Complaint(this.name, `${MOST_ENTRIES} typed rules at most; Reset takes them away.`);
    const { values, shown } = this.hooks.state();
    const i = values.length - rules.length + place;
    this.hooks.take({
      typed: { surfaces, rules: rules.toSpliced(place, 1, made) },
      values: values.toSpliced(
        i,
        1,
        rule.hyperparameters.map(({ value }) => value),
      ),
      shown: shown.toSpliced(i, 1, true),
    });
  }
}
