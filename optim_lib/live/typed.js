// What a learner typed, as a surface and as a rule of the figure: the same that Python would send.

import { Mistake, readExpression, readSettings, readStep, wrongName } from "./grammar.js";
import { wrongValue } from "./layout.js";
import { evaluate, isNumPys, namesIn, written } from "./meaning.js";
import { Recorder } from "./recorder.js";
import { replay } from "./replay.js";

/** @typedef {import("./grammar.js").Expression} Expression */
/** @typedef {import("./grammar.js").Statement} Statement */
/** @typedef {import("./meaning.js").Value} Value */
/** @typedef {import("./paths.js").Hyperparameter} Hyperparameter */
/** @typedef {import("./paths.js").Rule} Rule */
/** @typedef {import("./paths.js").Surface} Surface */
/** @typedef {import("./tracks.js").State} State */

/** @typedef {{text: string, bounds: [[number, number], [number, number]]}} TypedSurface */
/** @typedef {{name: string, settings: string, step: string}} TypedRule */
/** @typedef {{surfaces: TypedSurface[], rules: TypedRule[]}} Typed */

const MOST_TYPED = 8; // surfaces, and rules

// A surface

/**
 * Why nothing can be drawn between two ends, or "".
 *
 * @param {number} low
 * @param {number} high
 */
export function wrongEnds(low, high) {
  const right = [low, high].every((end) => Math.abs(end) <= 1e9) && high - low >= 1e-9;
  return right ? "" : "two numbers, the smaller one first, not beyond 1e9";
}

/**
 * Make a surface of an expression of x and y.
 *
 * @param {TypedSurface} typed
 * @returns {Surface}
 */
export function typedSurface({ text, bounds }) {
  const expression = readExpression(text);
  const names = namesIn(expression).filter(({ kind }) => kind === "name");
  const recorder = new Recorder(2);
  const height = evaluate(expression, {
    text,
    recorder,
    valueOf: ({ name, of, at }) => {
      if (!of && (name === "x" || name === "y"))
        return { slots: [name === "x" ? 0 : 1], truth: false };
      const known = of ? `${of}.${name} is` : `${name} is`;
      throw new Mistake(text, at, `${known} not known here; a surface is made of x and y`);
    },
  });
  const at = expression.at;
  if (height.truth) throw new Mistake(text, at, "a height is a number, not a comparison");
  if (!names.some(({ name, of }) => !of && (name === "x" || name === "y")))
    throw new Mistake(text, at, "a surface needs x or y in it");
  const [f] = height.slots;
  const gap = recorder.emit("isnan", f);
  const slopes = recorder
    .gradient(f)
    .map((slope) => recorder.emit("where", gap, recorder.constant(NaN), slope));
  const start = /** @type {[number, number]} */ (
    [0.1, 0.8].map((part, i) => {
      const [low, high] = bounds[i];
      return Number((low + part * (high - low)).toPrecision(6));
    })
  );
  const surface = {
    name: text.trim(),
    python: "",
    definition: surfaceInPython(text, expression, bounds, start),
    bounds,
    start,
    minima: [],
    saddles: [],
    lowest: null,
    curvature: 1,
    tape: recorder.tape([f, ...slopes]),
    reason: "",
    heights: null,
    problem: "",
  };
  return { ...surface, curvature: curvatureOf(surface) };
}

/**
 * @param {string} text
 * @param {Expression} expression
 * @param {[number, number][]} bounds
 * @param {number[]} start
 */
function surfaceInPython(text, expression, bounds, start) {
  const body = written(text, 0, text.length, expression, ({ name }) => name).trim();
  const ends = bounds.map((pair) => `(${pair.join(", ")})`).join(", ");
  return [
    "surface = surfaces.from_function(",
    `    lambda x, y: ${body},`,
    `    bounds=(${ends}),`,
    `    start=(${start.join(", ")}),`,
    `    name=${JSON.stringify(text.trim())},`,
    ")",
  ].join("\n");
}

/**
 * The largest curvature where a descent begins, as `optim_lib/explorer.py` finds it.
 *
 * @param {Pick<Surface, "tape" | "bounds" | "start">} surface
 */
function curvatureOf({ tape, bounds, start: [x, y] }) {
  const size = Math.min(...bounds.map(([low, high]) => high - low));
  const h = 1e-4 * size;
  const around = [
    [x + h, x - h, x, x],
    [y, y, y + h, y - h],
  ];
  const [, gx, gy] = replay(/** @type {import("./replay.js").Tape} */ (tape), around);
  const [a, b, c, d] = [0, 2].flatMap((i) => [gx, gy].map((g) => (g[i] - g[i + 1]) / (2 * h)));
  if (![a, b, c, d].every(Number.isFinite)) return 1;
  const middle = (a + d) / 2;
  const under = ((a - d) / 2) ** 2 + b * c;
  const root = Math.sqrt(Math.abs(under));
  const curvature = under < 0 ? Math.hypot(middle, root) : Math.abs(middle) + root;
  const crossing = Math.max(...[...gx, ...gy].map(Math.abs)) / size;
  return Number((curvature > 1e-4 * crossing ? curvature : crossing || 1).toPrecision(6));
}

// A rule

/** @type {Record<string, Pick<Hyperparameter, "kind" | "zero" | "range">>} */
const KINDS = {
  positive: {
    kind: "log",
    zero: false,
    range: { low: 0, high: null, low_open: true, high_open: false },
  },
  fraction: {
    kind: "fraction",
    zero: true,
    range: { low: 0, high: 1, low_open: false, high_open: true },
  },
  size: {
    kind: "log",
    zero: true,
    range: { low: 0, high: null, low_open: false, high_open: false },
  },
  any: {
    kind: "linear",
    zero: true,
    range: { low: null, high: null, low_open: false, high_open: false },
  },
};
const KIND_OF = new Map([
  ["lr", KINDS.positive],
  ["eps", KINDS.size],
  ["weight_decay", KINDS.size],
  ...["momentum", "decay_rate", "beta1", "beta2"].map(
    (name) => /** @type {[string, typeof KINDS[string]]} */ ([name, KINDS.fraction]),
  ),
]);
const TAKEN = "SGD Momentum Adagrad RMSProp Adam Optimizer Explorer NamedTuple".split(" ");
const OWN_NAMES = "x y g t self state step init update reset hyperparameters surfaces".split(" ");

/**
 * Why a name cannot be that of a typed rule, or "".
 *
 * @param {string} name
 * @param {string[]} others what is in the figure already
 */
export function wrongLabel(name, others) {
  if (!/^[A-Z][A-Za-z0-9]{0,19}$/.test(name))
    return "a name of up to 20 letters and digits, a capital letter first, such as Mine";
  if (name.endsWith("State")) return "another name: that of a state ends so";
  if (wrongName(name) || TAKEN.includes(name) || others.includes(name))
    return `another name: ${name} is taken`;
  return "";
}

/**
 * @param {string} text
 * @returns {Hyperparameter[]}
 */
function settingsIn(text) {
  /** @type {Hyperparameter[]} */
  const found = [];
  for (const { name, value, at } of readSettings(text)) {
    let reason = wrongName(name);
    if (OWN_NAMES.includes(name) || isNumPys(name)) reason = `${name} has a meaning of its own`;
    if (found.some((other) => other.name === name)) reason = `${name} has a value already`;
    if (found.length === MOST_TYPED) reason = `${MOST_TYPED} settings at most`;
    const known = /** @type {Hyperparameter} */ ({
      name,
      value,
      ...(KIND_OF.get(name) ?? KINDS.any),
      slider: true,
    });
    const wrong = wrongValue(known, value);
    reason ||= wrong && `${name} ${wrong}`;
    if (reason) throw new Mistake(text, at, reason);
    found.push(known);
  }
  return found;
}

/**
 * @typedef {object} Plan of a step
 * @property {string} text
 * @property {Hyperparameter[]} settings
 * @property {Statement[]} statements
 * @property {boolean} counts whether it reads t, which nobody gives a value
 * @property {string[]} state what is remembered, in order
 * @property {Set<string>} pairs those of the state that are a number for each coordinate
 */

/**
 * Find out what each name of a step is.
 *
 * @param {TypedRule} typed
 * @returns {Plan}
 */
function planOf({ settings: settingsText, step: text }) {
  const settings = settingsIn(settingsText);
  const { statements, ending } = readStep(text);
  const { kind, name: last, of } = ending?.point.expression ?? {};
  if (ending && (kind !== "name" || last !== "x" || of)) statements.push(ending.point);
  const assigned = new Set(statements.map(({ name }) => name));
  if (!assigned.has("x"))
    throw new Mistake(text, text.length, "the step must give x a new value, as in x = x - lr*g");
  const known = new Set(settings.map(({ name }) => name));
  /** @type {Set<string>} */
  const read = new Set();
  const before = new Set(["x", "g"]);
  for (const { name, expression, at } of statements) {
    for (const part of namesIn(expression))
      if (kindOf(part, text, { assigned, known, before }) === "state") read.add(part.name);
    if (known.has(name)) throw new Mistake(text, at, `${name} is a setting, and keeps its value`);
    const taken = isNumPys(name) || (OWN_NAMES.includes(name) && !["x", "g", "t"].includes(name));
    const reason = taken
      ? `${name} has a meaning of its own; choose another name`
      : wrongName(name);
    if (reason) throw new Mistake(text, at, reason);
    before.add(name);
  }
  const counts = read.has("t") && !assigned.has("t");
  const state = [...(counts ? ["t"] : []), ...[...assigned].filter((name) => read.has(name))];
  if (ending && state.some((name) => !ending.kept.includes(name)))
    throw new Mistake(
      text,
      ending.point.at,
      `return forgets ${state.join(", ")}; leave this line out`,
    );
  return { text, settings, statements, counts, state, pairs: pairsOf(statements, state) };
}

/**
 * What a name in a step is: NumPy's, a value of this step, remembered, or a setting.
 *
 * @param {Expression} part
 * @param {string} text
 * @param {{assigned: Set<string>, known: Set<string>, before: Set<string>}} names
 */
function kindOf({ kind, name, of, at }, text, { assigned, known, before }) {
  if (kind === "call" || of === "np" || (!of && isNumPys(name))) return "numpy";
  if (of !== "state" && known.has(name)) return "setting";
  if (of === "self")
    throw new Mistake(text, at, `self.${name} is no setting: write ${name} = 0.1 under Settings`);
  if (!of && before.has(name)) return "local";
  if (assigned.has(name) && name !== "x" && name !== "g") return "state";
  if (!of && name === "t") return "state";
  if (of)
    throw new Mistake(text, at, `the step never gives ${name} a value, so it is not remembered`);
  const hint =
    name === "y"
      ? "both coordinates are alike, and x is the point"
      : `for a setting write ${name} = 0.1 under Settings`;
  throw new Mistake(text, at, `${name} is not known; ${hint}`);
}

/**
 * What of the state holds a number for each coordinate: what is made of x, g or another such one.
 *
 * @param {Statement[]} statements
 * @param {string[]} state
 */
function pairsOf(statements, state) {
  /** @type {Set<string>} */
  const pairs = new Set();
  for (let count = -1; count < pairs.size;) {
    count = pairs.size;
    const now = new Set(["x", "g", ...pairs]);
    for (const { name, expression } of statements) {
      const pair = namesIn(expression).some((part) =>
        part.of === "state" ? pairs.has(part.name) : !part.of && now.has(part.name),
      );
      if (pair) now.add(name);
      else now.delete(name);
    }
    for (const name of state) if (now.has(name)) pairs.add(name);
  }
  return pairs;
}

/**
 * Record a step.
 *
 * @param {Plan} plan
 */
function tapesOf({ text, settings, statements, counts, state, pairs }) {
  const width = state.reduce((sum, name) => sum + (pairs.has(name) ? 2 : 1), 0);
  const recorder = new Recorder(4 + settings.length + width);
  /** @type {Map<string, Value>} */
  const remembered = new Map();
  let slot = 4 + settings.length;
  for (const name of state) {
    remembered.set(name, { slots: pairs.has(name) ? [slot, slot + 1] : [slot], truth: false });
    slot += pairs.has(name) ? 2 : 1;
  }
  const given = new Map(settings.map(({ name }, i) => [name, { slots: [4 + i], truth: false }]));
  const now = new Map([...given, ...remembered]);
  now.set("x", { slots: [0, 1], truth: false });
  now.set("g", { slots: [2, 3], truth: false });
  const one = recorder.constant(1);
  if (counts)
    now.set("t", { slots: [recorder.emit("add", 4 + settings.length, one)], truth: false });
  /** @param {Expression} part */
  const valueOf = ({ name, of }) =>
    /** @type {Value} */ ((of === "state" ? remembered : of === "self" ? given : now).get(name));
  for (const { name, expression, at } of statements) {
    const value = evaluate(expression, { text, recorder, valueOf });
    if (name === "x" && value.truth) throw new Mistake(text, at, "x is a point, not a comparison");
    if (value.truth && remembered.has(name))
      throw new Mistake(text, at, `${name} is remembered, so it must be a number`);
    if (name === "x" && value.slots.length < 2)
      throw new Mistake(text, at, "x must stay a point: a new value is made of x or g");
    now.set(name, value);
  }
  const outputs = ["x", ...state].flatMap((name) => now.get(name)?.slots ?? []);
  const first = { inputs: 2 + settings.length, constants: [0], operations: [] };
  return {
    step: recorder.tape(outputs),
    init: { ...first, outputs: Array(width).fill(first.inputs) },
    state: state.map((name) => /** @type {[string, number]} */ ([name, pairs.has(name) ? 2 : 1])),
  };
}

/**
 * How a step and its memory grow with the gradient, asked as `optim_lib/explorer.py` asks it.
 *
 * @param {ReturnType<typeof tapesOf>} tapes
 * @param {Hyperparameter[]} settings
 * @returns {Pick<Rule, "power" | "shown_as">}
 */
function growthOf({ step, state }, settings) {
  const [x, g] = [
    [1, -1],
    [0.3, 0.7],
  ];
  const [once, twice] = [1, 2].map((factor) => {
    const given = [...x, ...g.map((part) => factor * part), ...settings.map(({ value }) => value)];
    const lanes = Array.from({ length: step.inputs }, (_, i) => [given[i] ?? 0]);
    return replay(step, lanes).map(([number], i) => number - (x[i] ?? 0));
  });
  /** @param {number} at @returns {[number | null, number]} */
  const growth = (at) => powerOf(once.slice(at, at + 2), twice.slice(at, at + 2), g);
  /** @type {Rule["shown_as"]} */
  const shown = {};
  let at = 2;
  for (const [name, count] of state) {
    const [grows, sign] = count === 2 ? growth(at) : [null, 0];
    if (Number.isNaN(sign)) return { power: null, shown_as: {} };
    shown[name] = { root: grows === 2, arrow: grows === 1 ? 0 - sign : 0 };
    at += count;
  }
  const [power, sign] = growth(0);
  if (Number.isNaN(sign)) return { power: null, shown_as: {} };
  return { power: power === 0 || power === 1 ? power : null, shown_as: shown };
}

/**
 * The power of the gradient with which something grows, and its sign along it.
 *
 * @param {number[]} once
 * @param {number[]} twice
 * @param {number[]} g
 * @returns {[number | null, number]}
 */
function powerOf(once, twice, g) {
  if (once.includes(0)) return [null, 0];
  const near = (/** @type {number} */ power) =>
    once.every((part, i) => Math.abs(twice[i] / part - 2 ** power) <= 1e-3 * 2 ** power + 1e-8);
  const sign = Math.sign(once.reduce((sum, part, i) => sum + part * g[i], 0));
  return [[0, 1, 2].find(near) ?? null, sign];
}

/**
 * A number as Python writes a float.
 *
 * @param {number} value
 */
const floatInPython = (value) =>
  Number.isInteger(value) && value < 1e21 ? `${value}.0` : `${value}`;

/**
 * @param {string} label
 * @param {Plan} plan
 */
function ruleInPython(label, { text, settings, statements, counts, state, pairs }) {
  const made = `${label}State`;
  const kind = (/** @type {string} */ name) =>
    pairs.has(name) ? "np.ndarray" : counts && name === "t" ? "int" : "float";
  const begins = (/** @type {string} */ name) =>
    pairs.has(name) ? "np.zeros_like(x)" : kind(name) === "int" ? "0" : "0.0";
  const fields = settings.map(({ name, value }) => `    ${name}: float = ${floatInPython(value)}`);
  const lines = counts ? ["t = state.t + 1"] : [];
  const before = new Set(["x", "g", ...(counts ? ["t"] : [])]);
  for (const statement of statements) {
    lines.push(lineInPython(text, statement, before, state));
    before.add(statement.name);
  }
  const end = state.length ? `${made}(${state.join(", ")})` : "state";
  return [
    ...(state.length
      ? [`class ${made}(NamedTuple):`, ...state.map((name) => `    ${name}: ${kind(name)}`), "", ""]
      : []),
    `class ${label}(Optimizer):`,
    ...(fields.length ? [...fields, ""] : []),
    ...(state.length
      ? [
          "    def init(self, x):",
          `        return ${made}(${state.map((name) => `${name}=${begins(name)}`).join(", ")})`,
          "",
        ]
      : []),
    "    def step(self, x, g, state):",
    ...lines.map((line) => `        ${line}`),
    `        return x, ${end}`,
  ].join("\n");
}

/**
 * A line of a step as a class has it: names in full, `v -= a` as `v = v - a`, which writes into
 * nothing that somebody else holds.
 *
 * @param {string} text
 * @param {Statement} statement
 * @param {Set<string>} before names that have a value of this step
 * @param {string[]} state
 */
function lineInPython(text, { name, expression, short, from, to }, before, state) {
  const write = (/** @type {Expression} */ part) => {
    if (part.of) return `${part.of}.${part.name}`;
    if (before.has(part.name)) return part.name;
    return `${state.includes(part.name) ? "state" : "self"}.${part.name}`;
  };
  const right = short ? expression.parts[1] : expression;
  const body = written(text, from, to, right, write);
  if (!short) return `${name} = ${body}`;
  const single = ["number", "name", "call"].includes(right.kind);
  const tight = "+-".includes(short) && right.kind === "binary" && "*/".includes(right.name);
  return `${name} = ${write(expression.parts[0])} ${short} ${single || tight ? body : `(${body})`}`;
}

const LOOKS = [
  { color: "#56B4E9", marker: "P" },
  { color: "#E69F00", marker: "X" },
  { color: "#8A6D00", marker: "*" },
];
const LOOK_OF_WRONG = { color: "#9B1B30", marker: "X" };
const LINES = ["-", "--", ":", "-."];

/**
 * How a rule of one's own is drawn beside others, as `optim_lib/figures.py` has it.
 *
 * @param {string} label
 * @param {Rule[]} others
 */
function lookOf(label, others) {
  const sum = Array.from(label).reduce((total, sign) => total + sign.charCodeAt(0), 0);
  const look = label === "Wrong" ? LOOK_OF_WRONG : LOOKS[sum % LOOKS.length];
  const alikes = others.filter((one) => one.color === look.color && one.marker === look.marker);
  return { ...look, line: LINES[alikes.length % LINES.length] };
}

/**
 * Make a rule of its settings and the lines of its step.
 *
 * @param {TypedRule} typed
 * @param {Rule[]} others that are in the figure before it
 * @returns {Rule}
 */
export function typedRule(typed, others) {
  const plan = planOf(typed);
  const tapes = tapesOf(plan);
  return {
    label: typed.name,
    python: typed.name,
    own: true,
    definition: ruleInPython(typed.name, plan),
    ...lookOf(typed.name, others),
    hyperparameters: plan.settings,
    ...growthOf(tapes, plan.settings),
    ...tapes,
    reason: "",
  };
}

// All that was typed in a figure

/** @type {Typed} */
const NOTHING_TYPED = { surfaces: [], rules: [] };

/** @returns {Typed} */
export const nothingTyped = () => structuredClone(NOTHING_TYPED);

/**
 * Typed texts from elsewhere, if all of it can be taken, or nothing.
 *
 * @param {string | null} text JSON
 * @param {Rule[]} rules of the figure
 * @returns {Typed}
 */
export function typedFrom(text, rules) {
  try {
    const { surfaces, rules: own } = JSON.parse((text ?? "").slice(0, 40_000));
    if (surfaces.length > MOST_TYPED || own.length > MOST_TYPED) return nothingTyped();
    const labels = rules.map(({ label }) => label);
    const made = {
      surfaces: surfaces.map((/** @type {any} */ { text: said, bounds: [[a, b], [c, d]] }) => {
        if (wrongEnds(a, b) || wrongEnds(c, d)) throw new Error("no bounds");
        const bounds = [a, b, c, d].map(Number);
        const known = { text: String(said), bounds: [bounds.slice(0, 2), bounds.slice(2)] };
        typedSurface(/** @type {TypedSurface} */ (known));
        return known;
      }),
      rules: own.map((/** @type {any} */ { name, settings, step }) => {
        const known = { name: String(name), settings: String(settings), step: String(step) };
        if (wrongLabel(known.name, labels)) throw new Error("no name");
        labels.push(known.name);
        typedRule(known, []);
        return known;
      }),
    };
    return made;
  } catch {
    return nothingTyped();
  }
}

/**
 * A function that adds to a state what was typed in it. What is known stays the same object.
 *
 * @returns {(state: State) => State}
 */
export function makeTypist() {
  /** @type {Map<string, Surface | Rule>} */
  const known = new Map();
  /** @type {unknown[]} */
  let last = [];
  /** @type {Pick<State, "surfaces" | "rules">} */
  let all = { surfaces: [], rules: [] };
  /**
   * @template {Surface | Rule} Made
   * @param {string} key
   * @param {() => Made} make
   * @returns {Made}
   */
  const once = (key, make) => {
    const made = /** @type {Made} */ (known.get(key) ?? make());
    known.set(key, made);
    return made;
  };
  /** @param {State} state @param {Typed} typed */
  const add = (state, typed) => {
    const surfaces = typed.surfaces.map((one) =>
      once(JSON.stringify(one), () => typedSurface(one)),
    );
    const rules = [...state.rules];
    for (const one of typed.rules) {
      const key = JSON.stringify([one, rules.map(({ color, marker }) => color + marker)]);
      rules.push(once(key, () => typedRule(one, rules)));
    }
    return { surfaces: [...state.surfaces, ...surfaces], rules };
  };
  return (state) => {
    const { typed = NOTHING_TYPED, surfaces, rules } = state;
    const now = [typed, surfaces, rules];
    if (now.some((part, i) => part !== last[i])) {
      last = now;
      all = { surfaces, rules };
      try {
        if (typed.surfaces.length || typed.rules.length) all = add(state, typed);
      } catch (error) {
        if (!(error instanceof Mistake)) throw error; // Python may read more, if it was told there
      }
    }
    return { ...state, ...all, ...filled(state, all) };
  };
}

/**
 * The choices of a state, with those of rules that it does not know yet as they begin.
 *
 * @param {State} state
 * @param {Pick<State, "surfaces" | "rules">} all
 */
function filled({ surface, values, shown }, { surfaces, rules }) {
  return {
    surface: surfaces[surface] ? surface : 0,
    values: rules.map(({ hyperparameters }, i) =>
      values[i]?.length === hyperparameters.length
        ? values[i]
        : hyperparameters.map(({ value }) => value),
    ),
    shown: rules.map((_, i) => shown[i] ?? true),
  };
}
