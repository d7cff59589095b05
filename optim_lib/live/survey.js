// A map is computed from coarse to fine, in slices of time, so that the hand never waits for it.

/** @typedef {import("./descents.js").Ends} Ends */

/**
 * @typedef {object} Task what is to be computed
 * @property {object[]} of the surface and the rule, whose names others may have
 * @property {string} key another one where anything else is
 * @property {number} columns
 * @property {number} rows
 * @property {(row: number, columns: number[]) => Ends} take
 */

/**
 * @typedef {object} Chart what is known of a map: where the descent of each cell ends, row after
 *   row; known are the cells of every `stride`-th row and column
 * @property {number} columns
 * @property {number} rows
 * @property {number} stride
 * @property {Float64Array} x
 * @property {Float64Array} y
 * @property {Float64Array} f NaN where it diverges
 */

const STRIDES = [8, 4, 2, 1];
const SLICE = 6; // milliseconds
const MOVING = 150; // milliseconds between two changes of a hand that moves
const REST = 50; // milliseconds until such a hand rests

/**
 * Parts of rows to compute, pass after pass; no cell twice.
 *
 * @param {number} columns
 * @param {number} rows
 */
export function passesOf(columns, rows) {
  return STRIDES.map((stride, pass) => {
    const jobs = [];
    for (let row = 0; row < rows; row += stride) {
      const half = pass > 0 && row % (2 * stride) === 0; // every other cell is known
      const known = half ? 2 * stride : stride;
      const cells = [];
      for (let i = half ? stride : 0; i < columns; i += known) cells.push(i);
      jobs.push({ row, cells });
    }
    return { stride, jobs };
  });
}

/**
 * Where the known cell that stands for a cell is in the numbers of a chart.
 *
 * @param {Chart} chart
 * @param {number} column
 * @param {number} row
 */
export const cellAt = ({ columns, stride }, column, row) =>
  (row - (row % stride)) * columns + column - (column % stride);

/**
 * The places of all cells that are known.
 *
 * @param {Chart} chart
 */
export function knownCells({ columns, rows, stride }) {
  const cells = [];
  for (let row = 0; row < rows; row += stride)
    for (let i = 0; i < columns; i += stride) cells.push(row * columns + i);
  return cells;
}

/** Computes a chart, and begins anew when another one is wanted. */
export class Survey {
  /** @param {() => void} told called when more is known */
  constructor(told) {
    this.told = told;
    /** @type {object[]} */
    this.of = [];
    this.key = "";
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.changed = -MOVING; // when another chart was wanted
    /** @type {Chart | null} */
    this.chart = null;
  }

  /**
   * The chart of a task as far as it is known: at once a coarse one.
   *
   * @param {Task} task
   * @returns {Chart}
   */
  show(task) {
    const same = task.key === this.key && task.of.every((thing, i) => thing === this.of[i]);
    if (this.chart && same) return this.chart;
    this.end();
    [this.of, this.key] = [task.of, task.key];
    const { columns, rows } = task;
    const [x, y, f] = [0, 0, 0].map(() => new Float64Array(columns * rows));
    const chart = { columns, rows, stride: STRIDES[0], x, y, f };
    this.chart = chart;
    const [first, ...others] = passesOf(columns, rows);
    for (const job of first.jobs) compute(task, chart, job);
    const now = performance.now();
    this.later(task, chart, others, now - this.changed < MOVING ? REST : 0);
    this.changed = now;
    return chart;
  }

  /**
   * @param {Task} task
   * @param {Chart} chart
   * @param {ReturnType<typeof passesOf>} passes
   * @param {number} [wait] milliseconds
   */
  later(task, chart, passes, wait = 0) {
    if (!passes.length) return;
    this.timer = setTimeout(() => {
      const [{ stride, jobs }, ...others] = passes;
      const begun = performance.now();
      while (jobs.length && performance.now() - begun < SLICE)
        compute(task, chart, /** @type {typeof jobs[0]} */ (jobs.shift()));
      if (!jobs.length) {
        chart.stride = stride;
        this.told();
      }
      this.later(task, chart, jobs.length ? passes : others);
    }, wait);
  }

  end() {
    clearTimeout(this.timer);
    this.chart = null;
  }
}

/**
 * @param {Task} task
 * @param {Chart} chart
 * @param {{row: number, cells: number[]}} job
 */
function compute(task, { columns, x, y, f }, { row, cells }) {
  const ends = task.take(row, cells);
  cells.forEach((column, lane) => {
    const cell = row * columns + column;
    [x[cell], y[cell], f[cell]] = [ends.x[lane], ends.y[lane], ends.f[lane]];
  });
}
