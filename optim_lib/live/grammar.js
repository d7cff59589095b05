// Python's notation for an expression, for the lines of a step and for settings, read into a tree.
//
// It is a small part of Python: numbers, names, signs, calls. Everything else is refused, with the
// place of it and what to write instead. Nothing of a text is ever run.

/**
 * @typedef {object} Token
 * @property {"number" | "name" | "sign" | "line"} kind "line" is the end of one
 * @property {string} text
 * @property {number} at where it begins
 * @property {number} end
 */

/**
 * @typedef {object} Expression
 * @property {"number" | "name" | "call" | "unary" | "binary"} kind
 * @property {string} name of a name or a function; the sign of an operation
 * @property {string} of "np", "self" or "state", where a name belongs to one of them
 * @property {number} value of a number
 * @property {Expression[]} parts operands, arguments
 * @property {number} at where it begins
 * @property {number} end of its name, where it has one
 */

/**
 * @typedef {object} Statement that a name gets a value
 * @property {string} name
 * @property {Expression} expression with the old value in it, if the text is short for that
 * @property {string} short the sign of `v -= ...`, or ""
 * @property {number} at
 * @property {number} from where the text behind the sign begins
 * @property {number} to where it ends
 */

/**
 * @typedef {object} Return
 * @property {Statement} point the new x
 * @property {string[]} kept names that are remembered
 */

const MOST_TEXT = 2000; // characters
const MOST_LINE = 500;
const DEEPEST = 40; // brackets and signs inside each other
const WIDTH = 60; // of what is shown around a mistake

/** What is wrong with a text, and where. */
export class Mistake extends Error {
  /**
   * @param {string} text
   * @param {number} at
   * @param {string} reason
   */
  constructor(text, at, reason) {
    const before = text.slice(0, at).split("\n");
    const column = before[before.length - 1].length;
    const line = text.slice(at - column).split("\n", 1)[0];
    const first = Math.max(0, column - WIDTH / 2);
    super(`Line ${before.length}, column ${column + 1}: ${reason}.`);
    this.at = at;
    const shown = line.slice(first, first + WIDTH).replaceAll("\t", " ");
    this.excerpt = `${shown}\n${" ".repeat(column - first)}^`;
  }
}

const NUMBER = /(?:\d(?:_?\d)*(?:\.(?:\d(?:_?\d)*)?)?|\.\d(?:_?\d)*)(?:[eE][+-]?\d(?:_?\d)*)?/y;
const NAME = /[A-Za-z_]\w*/y;
const SIGN = /\*\*=|\/\/=|[-+*/%]=|\*\*|\/\/|[<>=!]=|[-+*/%&|<>=(),.:;]/y;
const BLANK = /(?:[ \t]|#[^\n]*)+/y;

/** What is no sign of this notation. @type {Record<string, string>} */
const INSTEAD = {
  "^": "a power is written **, as in x**2",
  "{": "use round brackets ( )",
  "[": "use round brackets ( ); there is nothing to index, both coordinates are alike",
  "!": "write != for not equal",
  "@": "a product is written *",
  "~": "write np.logical_not(x > 0)",
  '"': "there is no text in a formula",
  "'": "there is no text in a formula",
};

/** Words of Python that no name can be. @type {Record<string, string>} */
const WORDS = {
  and: "write & between comparisons in brackets, as in (x > 0) & (y > 0)",
  or: "write | between comparisons in brackets, as in (x > 0) | (y > 0)",
  not: "write np.logical_not(x > 0)",
  if: "write np.where(condition, this, that)",
  else: "write np.where(condition, this, that)",
  for: "there are no loops; write the terms one by one",
  while: "there are no loops",
  lambda: "write the expression alone",
  def: "write the lines inside the function alone",
  class: "write the lines of the step alone",
  import: "nothing is to be imported: NumPy is there",
  from: "nothing is to be imported: NumPy is there",
};
const KEYWORDS =
  "False None True as assert async await break continue del elif except finally global in is " +
  "nonlocal pass raise return try with yield";
for (const word of KEYWORDS.split(" ")) WORDS[word] = `${word} has no meaning here`;

/**
 * Why a word cannot be used in a formula, or "".
 *
 * @param {string} word
 */
const wordOf = (word) => (Object.hasOwn(WORDS, word) ? WORDS[word] : "");

/**
 * Why a name cannot be given to a thing of one's own, or "".
 *
 * @param {string} name
 */
export function wrongName(name) {
  if (wordOf(name)) return `${name} is a word of Python's own; choose another name`;
  if (name.startsWith("_")) return `${name}: a name begins with a letter`;
  if (name.length > 20) return "a name has at most 20 letters";
  return name in {} ? `${name} cannot be a name; choose another one` : "";
}

/**
 * Cut a number out of a text.
 *
 * @param {string} text
 * @param {number} at
 * @returns {Token | null}
 */
function numberAt(text, at) {
  NUMBER.lastIndex = at;
  const found = NUMBER.exec(text)?.[0];
  if (!found) return null;
  const end = at + found.length;
  const next = text[end] ?? "";
  if (/[jJ]/.test(next)) throw new Mistake(text, at, "there are no complex numbers");
  if (/[xXoObB]/.test(next) && found === "0")
    throw new Mistake(text, at, "write numbers in the decimal system");
  if (/[_.]/.test(next)) throw new Mistake(text, end, "a number does not go on like this");
  if (/\w/.test(next)) throw new Mistake(text, end, `a product needs its sign: ${found}*…`);
  if (/^0[\d_]*[1-9]/.test(found) && !/[.eE]/.test(found))
    throw new Mistake(text, at, "a whole number does not begin with 0");
  if (!Number.isFinite(Number(found.replaceAll("_", ""))))
    throw new Mistake(text, at, "this number is too large");
  return { kind: "number", text: found, at, end };
}

/**
 * @param {string} text
 * @param {number} at
 * @returns {Token}
 */
function tokenAt(text, at) {
  const number = numberAt(text, at);
  if (number) return number;
  for (const [kind, pattern] of /** @type {const} */ ([
    ["name", NAME],
    ["sign", SIGN],
  ])) {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found) return { kind, text: found, at, end: at + found.length };
  }
  const [sign] = text.slice(at, at + 2);
  const known = Object.hasOwn(INSTEAD, sign) ? `; ${INSTEAD[sign]}` : "";
  const plain = /[!-~]/.test(sign);
  throw new Mistake(
    text,
    at,
    plain
      ? `${sign} is not known here${known}`
      : "this character only looks like one of the keyboard's, or is none; type it plainly",
  );
}

/**
 * Cut a text into tokens. A line ends where no bracket is open, or at a semicolon.
 *
 * @param {string} text
 */
function tokensOf(text) {
  if (text.length > MOST_TEXT)
    throw new Mistake(text, MOST_TEXT, `a text has at most ${MOST_TEXT} characters`);
  /** @type {Token[]} */
  const tokens = [];
  let [at, open, began] = [0, 0, 0];
  while (at < text.length) {
    BLANK.lastIndex = at;
    const blank = BLANK.exec(text);
    if (blank) at += blank[0].length;
    else if (text[at] === "\n" || (text[at] === ";" && !open)) {
      if (text[at] === ";" && (tokens.at(-1)?.kind ?? "line") === "line")
        throw new Mistake(text, at, "nothing stands before this semicolon; leave it out");
      if (!open) tokens.push({ kind: "line", text: "", at, end: at + 1 });
      at += 1;
      if (!open) began = at;
    } else {
      const token = tokenAt(text, at);
      if (token.kind === "sign" && "()".includes(token.text)) open += token.text === "(" ? 1 : -1;
      if (token.end - began > MOST_LINE)
        throw new Mistake(text, at, `a line has at most ${MOST_LINE} characters`);
      tokens.push(token);
      at = token.end;
    }
  }
  tokens.push({ kind: "line", text: "", at, end: at });
  return tokens;
}

const LEVELS = [["|"], ["&"], ["+", "-"], ["*", "/", "//", "%"]]; // the loosest first
const COMPARISONS = ["<", "<=", ">", ">=", "==", "!="];
const OWNERS = { np: "np", numpy: "np", math: "np", self: "self", state: "state" };

/** A text and how far it has been read. */
class Reader {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
    this.tokens = tokensOf(text);
    this.next = 0;
    this.depth = 0;
  }

  get token() {
    return this.tokens[this.next];
  }

  /** Whether the next token is one of these signs. @param {string[]} signs */
  sees(...signs) {
    return this.token.kind === "sign" && signs.includes(this.token.text);
  }

  /** @returns {Token} */
  take() {
    return this.tokens[this.next++];
  }

  /** @param {string} sign @param {string} reason */
  expect(sign, reason) {
    if (!this.sees(sign)) this.refuse(reason);
    return this.take();
  }

  /** @param {string} reason @param {number} [at] @returns {never} */
  refuse(reason, at = this.token.at) {
    throw new Mistake(this.text, at, reason);
  }

  atEnd() {
    return this.token.kind === "line";
  }

  /** Whether there is nothing left; empty lines are skipped. */
  ended() {
    while (this.token?.kind === "line" && this.next < this.tokens.length) this.next += 1;
    return this.next >= this.tokens.length;
  }

  /** @param {string[]} others what may stand instead of the end of the line */
  endLine(...others) {
    if (this.token.kind === "line" || this.sees(...others)) return;
    const { kind, text } = this.token;
    if (kind === "name" && wordOf(text)) this.refuse(wordOf(text));
    if (text === ")") this.refuse("no bracket is open here; leave ) out, or open one before");
    if (text === "=") this.refuse("= stands after one name alone; to compare write ==");
    if (text === ",") this.refuse("a comma stands between arguments only; one thing at a time");
    if (/[-+*/%]=$/.test(text)) this.refuse(`${text} stands after one name alone`);
    this.refuse(
      kind === "sign" ? `${text} cannot stand here` : "a sign is missing here, such as *",
    );
  }

  // Expressions, the loosest first

  /** @returns {Expression} */
  expression() {
    const left = this.binary(0);
    if (!this.sees(...COMPARISONS)) return left;
    const sign = this.take();
    const made = operation("binary", sign.text, [left, this.binary(0)]);
    if (this.sees(...COMPARISONS)) this.refuse("one comparison at a time: write (a < b) & (b < c)");
    return made;
  }

  /** @param {number} level @returns {Expression} */
  binary(level) {
    if (level === LEVELS.length) return this.unary();
    let left = this.binary(level + 1);
    while (this.sees(...LEVELS[level]))
      left = operation("binary", this.take().text, [left, this.binary(level + 1)]);
    return left;
  }

  /** @returns {Expression} */
  unary() {
    if (!this.sees("-", "+")) return this.power();
    const { text, at } = this.take();
    return { ...operation("unary", text, [this.deeper(() => this.unary())]), at };
  }

  /** @returns {Expression} */
  power() {
    const base = this.atom();
    if (!this.sees("**")) return base;
    this.take();
    return operation("binary", "**", [base, this.deeper(() => this.unary())]);
  }

  /** @param {() => Expression} read @returns {Expression} */
  deeper(read) {
    this.depth += 1;
    if (this.depth > DEEPEST) this.refuse("too many brackets or signs inside each other");
    const made = read();
    this.depth -= 1;
    return made;
  }

  /** @returns {Expression} */
  atom() {
    const { kind, text, at, end } = this.token;
    if (kind === "number") {
      this.take();
      const value = Number(text.replaceAll("_", ""));
      return { kind: "number", name: "", of: "", value, parts: [], at, end };
    }
    if (kind === "name") return this.named();
    if (kind === "line") this.refuse("something is missing here: a number, a name or a bracket");
    if (text !== "(") this.refuse(`${text} needs a number, a name or a bracket before it`);
    this.take();
    const inside = this.deeper(() => this.expression());
    if (this.sees(",")) this.refuse("one value only in a bracket: leave the comma out");
    this.close("(", at);
    return inside;
  }

  /** @param {string} what @param {number} at where it was opened */
  close(what, at) {
    if (this.token.kind === "line") this.refuse(`this ${what} is not closed: write ) behind`, at);
    if (!this.sees(")")) this.endLine();
    this.take();
  }

  /** A name, one of NumPy's or of the rule's, or a call. @returns {Expression} */
  named() {
    const first = this.take();
    if (wordOf(first.text)) this.refuse(wordOf(first.text), first.at);
    let [name, end, of] = [first.text, first.end, ""];
    if (this.sees(".")) {
      if (!Object.hasOwn(OWNERS, name))
        this.refuse("a point stands in numbers and behind np, self and state only");
      of = OWNERS[/** @type {keyof typeof OWNERS} */ (name)];
      this.take();
      if (this.token.kind !== "name") this.refuse("a name is missing behind the point");
      ({ text: name, end } = this.take());
      if (this.sees(".")) this.refuse("only one point in a name");
    }
    const made = { name, of, value: NaN, at: first.at, end };
    if (!this.sees("(")) return { kind: "name", parts: [], ...made };
    if (of === "self" || of === "state") this.refuse(`${of} has nothing to call here`, first.at);
    const { at } = this.take();
    const parts = this.sees(")") ? [] : this.deeper(() => this.arguments()).parts;
    this.close("bracket", at);
    return { kind: "call", parts, ...made };
  }

  /** @returns {Expression} whose parts are the arguments */
  arguments() {
    const parts = [this.expression()];
    while (this.sees(",")) {
      this.take();
      parts.push(this.expression());
    }
    if (this.sees("=")) this.refuse("give arguments in their order, without names");
    return operation("binary", ",", parts);
  }

  // Lines of a step

  /** @returns {Statement} */
  statement() {
    const { kind, text: name, at } = this.token;
    if (kind === "name" && wordOf(name)) this.refuse(wordOf(name));
    if (kind !== "name") this.refuse("a line begins with a name, as in x = x - lr*g");
    this.take();
    if (this.sees(",")) this.refuse("one name a line: write two lines");
    if (this.sees(":")) this.refuse("leave the kind out: a value is a number here");
    if (this.sees(".")) this.refuse("a step assigns to plain names only, such as v");
    const sign = this.token;
    if (!this.sees("=", "+=", "-=", "*=", "/=", "//=", "%=", "**="))
      this.refuse(`a line gives a name its value: ${name} = …`);
    this.take();
    const from = this.token.at;
    const right = this.expression();
    const to = this.tokens[this.next - 1].end;
    this.endLine();
    const short = sign.text.slice(0, -1);
    /** @type {Expression} */
    const old = { kind: "name", name, of: "", value: NaN, parts: [], at, end: at + name.length };
    const expression = short ? { ...operation("binary", short, [old, right]), at } : right;
    return { name, expression, short, at, from, to };
  }

  /** `return x, state`, as lessons end a step. @returns {Return} */
  ending() {
    const { at } = this.take();
    if (this.atEnd()) this.refuse("leave the line with return out", at);
    const from = this.token.at;
    const expression = this.expression();
    const to = this.tokens[this.next - 1].end;
    const rest = [];
    while (!this.atEnd()) rest.push(this.take());
    const written = rest.map(({ text }) => text).join("");
    const form = /^,(?:state|(?:state\._replace|type\(state\)|\w+)\(([\w,=]*)\))$/.exec(written);
    const kept = (form?.[1] ?? "").split(",").filter(Boolean);
    if (!form || kept.some((one) => !/^(\w+)(?:=\1)?$/.test(one)))
      this.refuse("leave the line with return out: what is remembered is found by itself", at);
    const point = { name: "x", expression, short: "", at, from, to };
    return { point, kept: kept.map((one) => one.split("=")[0]) };
  }
}

/**
 * @param {"unary" | "binary"} kind
 * @param {string} sign
 * @param {Expression[]} parts
 * @returns {Expression}
 */
function operation(kind, sign, parts) {
  return { kind, name: sign, of: "", value: NaN, parts, at: parts[0].at, end: parts[0].end };
}

/**
 * Read one expression.
 *
 * @param {string} text
 * @returns {Expression}
 */
export function readExpression(text) {
  const reader = new Reader(text);
  if (reader.ended()) reader.refuse("type an expression of x and y, such as x**2/20 + y**2", 0);
  if (text.includes("#")) reader.refuse("no remarks here, the expression alone", text.indexOf("#"));
  const made = reader.expression();
  reader.endLine();
  if (!reader.ended()) reader.refuse("one expression only");
  return made;
}

/**
 * Read the lines of a step.
 *
 * @param {string} text
 */
export function readStep(text) {
  const reader = new Reader(text);
  /** @type {Statement[]} */
  const statements = [];
  while (!reader.ended()) {
    if (reader.token.text === "return") {
      const ending = reader.ending();
      if (!reader.ended()) reader.refuse("nothing comes behind return");
      return { statements, ending };
    }
    statements.push(reader.statement());
  }
  return { statements, ending: null };
}

/**
 * Read settings: names with numbers, in lines or with commas between.
 *
 * @param {string} text
 * @returns {{name: string, value: number, at: number}[]}
 */
export function readSettings(text) {
  const reader = new Reader(text);
  const found = [];
  while (!reader.ended()) {
    const { kind, text: name, at } = reader.take();
    if (kind !== "name") reader.refuse("a setting is a name with a number: lr = 0.1", at);
    if (reader.sees(":")) {
      reader.take(); // as in a class, lr: float = 0.1
      if (reader.token.kind === "name") reader.take();
    }
    reader.expect("=", `a setting needs a number: ${name} = 0.1`);
    const minus = reader.sees("-") && reader.take();
    if (reader.token.kind !== "number") reader.refuse("a setting is one number, such as 0.1");
    const value = reader.atom().value;
    found.push({ name, value: minus ? -value : value, at });
    reader.endLine(",");
    reader.take();
  }
  return found;
}
