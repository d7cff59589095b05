// The live figure. It draws what the kernel has computed and computes nothing of the rules itself: a
// path is either the one sent for the present settings or a row of a slider's table. A path that was
// made for other settings than those on the controls is dimmed: "computing".

const FLOOR = 1e-16; // heights below are rounding, and drawn at the lower edge
const FAR = 1e5; // pixels; further out a line looks the same
const STEPS_A_SECOND = 15;
const CONTROLS = "button, input, select, summary, [tabindex]";
const DASHES = { "-": [], "--": [6, 3], ":": [2, 3], "-.": [7, 3, 2, 3] };
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const clamp = (v, low, high) => Math.min(Math.max(v, low), high);
const brief = (v) => (Number.isFinite(v) ? String(Number(v.toPrecision(7))) : "–");
const power = (k) => "10" + [...String(k)].map((c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c])).join("");

const decoded = new WeakMap(); // binary view to float32, decoded once
function floats(view) {
  if (!decoded.has(view)) {
    const { buffer, byteOffset, byteLength } = view;
    decoded.set(view, new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength)));
  }
  return decoded.get(view);
}

function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Set values of a model and send them to the kernel. */
function send(model, changes) {
  for (const [key, value] of Object.entries(changes)) model.set(key, value);
  model.save_changes();
}

/** Round numbers between two ends, about `count` of them. */
function ticks(low, high, count) {
  const raw = (high - low) / count;
  const unit = 10 ** Math.floor(Math.log10(raw));
  const step = unit * [1, 2, 5, 10].find((k) => k * unit >= raw);
  const found = [];
  for (let k = Math.ceil(low / step); k * step <= high + 1e-9 * step; k++) found.push(k * step);
  return found;
}

/** A rectangle of the canvas with the scales that map data into it. */
function panel(x, y, w, h, xs, ys) {
  const scale = (v, [a, b], from, length) => clamp(from + ((v - a) / (b - a)) * length, -FAR, FAR);
  return {
    x, y, w, h, xs, ys,
    X: (v) => scale(v, xs, x, w),
    Y: (v) => scale(v, ys, y + h, -h),
    has: (px, py) => px >= x && px <= x + w && py >= y && py <= y + h,
  };
}

function marker(ctx, kind, x, y, r) {
  const corners = {
    s: [[-1, -1], [1, -1], [1, 1], [-1, 1]], D: [[0, -1.3], [1.3, 0], [0, 1.3], [-1.3, 0]],
    "^": [[0, -1.2], [1.2, 1], [-1.2, 1]], v: [[0, 1.2], [1.2, -1], [-1.2, -1]],
    "*": [...Array(10).keys()].map((i) => [
      (i % 2 ? 0.6 : 1.4) * Math.sin((i * Math.PI) / 5), (i % 2 ? -0.6 : -1.4) * Math.cos((i * Math.PI) / 5)]),
    P: [[-0.4, -1.2], [0.4, -1.2], [0.4, -0.4], [1.2, -0.4], [1.2, 0.4], [0.4, 0.4], [0.4, 1.2],
      [-0.4, 1.2], [-0.4, 0.4], [-1.2, 0.4], [-1.2, -0.4], [-0.4, -0.4]],
    X: [[-1.2, -0.6], [-0.6, -1.2], [0, -0.6], [0.6, -1.2], [1.2, -0.6], [0.6, 0], [1.2, 0.6],
      [0.6, 1.2], [0, 0.6], [-0.6, 1.2], [-1.2, 0.6], [-0.6, 0]],
  }[kind];
  ctx.beginPath();
  if (corners) corners.forEach(([a, b]) => ctx.lineTo(x + a * r, y + b * r));
  else ctx.arc(x, y, r, 0, 7);
  ctx.closePath();
  ctx.fill();
}

/** A line through points in pixels, broken where a coordinate is not a number, with markers. */
function trace(ctx, points, style, every) {
  ctx.strokeStyle = ctx.fillStyle = style[0];
  ctx.setLineDash(DASHES[style[2]]);
  ctx.beginPath();
  let drawing = false;
  for (const [x, y] of points) {
    const finite = !Number.isNaN(x) && !Number.isNaN(y);
    if (finite) drawing ? ctx.lineTo(x, y) : ctx.moveTo(x, y);
    drawing = finite;
  }
  ctx.stroke();
  ctx.setLineDash([]);
  points.forEach(([x, y], i) => i % every === 0 && marker(ctx, style[1], x, y, 2.1));
}

function arrow(ctx, x, y, dx, dy, label, width, dash) {
  const [length, angle] = [Math.hypot(dx, dy), Math.atan2(dy, dx)];
  if (!(length > 2)) return;
  const tip = Math.min(9, length / 2);
  ctx.setLineDash(dash);
  for (const [style, extra] of [["#fff", 2.5], [ctx.fillStyle, 0]]) {
    [ctx.strokeStyle, ctx.lineWidth] = [style, width + extra];
    ctx.beginPath();
    ctx.moveTo(x, y);
    ctx.lineTo(x + dx, y + dy);
    ctx.stroke();
  }
  ctx.setLineDash([]);
  ctx.beginPath();
  ctx.moveTo(x + dx, y + dy);
  for (const side of [2.7, -2.7]) ctx.lineTo(x + dx + tip * Math.cos(angle + side), y + dy + tip * Math.sin(angle + side));
  ctx.fill();
  ctx.font = "bold 12px sans-serif";
  ctx.textAlign = "center";
  [ctx.strokeStyle, ctx.lineWidth] = ["#fff", 3];
  const [tx, ty] = [x + dx + 12 * Math.cos(angle), y + dy + 12 * Math.sin(angle)];
  ctx.strokeText(label, tx, ty);
  ctx.fillText(label, tx, ty);
}

// Controls: each is an element that follows a model, and a list of what it listens to

/** A slider with a number that can be typed. A native one tells assistive tools its position, not
 * its value. */
function slider(model) {
  const [owner, text] = [model.get("owner"), model.get("text")];
  const name = owner ? `${owner} ${text}` : text;
  const thumb = make("span", { class: "optim-thumb" });
  const rail = make("div", { class: "optim-rail", role: "slider", tabindex: 0, "aria-label": name }, thumb);
  const typed = make("input", { type: "number", step: "any", "aria-label": `${name}, typed` });
  const element = make("div", { class: "optim-slider" }, make("span", { "aria-hidden": true }, text), rail, typed);

  const last = () => model.get("values").length - 1;
  const nearest = () => {
    const distances = model.get("values").map((v) => Math.abs(v - model.get("value")));
    return Math.max(0, distances.indexOf(Math.min(...distances)));
  };
  const goTo = (position) => {
    const value = model.get("values")[clamp(Math.round(position), 0, last())];
    if (value !== model.get("value")) send(model, { value });
  };
  const show = () => {
    const [value, values] = [model.get("value"), model.get("values")];
    thumb.style.left = `${(100 * nearest()) / Math.max(1, last())}%`;
    rail.setAttribute("aria-valuemin", Math.min(value, values[0]));
    rail.setAttribute("aria-valuemax", Math.max(value, values[last()]));
    rail.setAttribute("aria-valuenow", value);
    if (typed.value === "" || Number(typed.value) !== value) typed.value = value;
  };
  const letGo = () => model.get("held") && send(model, { held: false });

  const follow = (event) => {
    const { left, width } = rail.getBoundingClientRect();
    goTo(((event.clientX - left) / width) * last());
  };
  rail.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    event.preventDefault(); // else the page selects text under the hand
    rail.focus();
    rail.setPointerCapture(event.pointerId);
    send(model, { held: true });
    follow(event);
  });
  rail.addEventListener("pointermove", (event) => rail.hasPointerCapture(event.pointerId) && follow(event));
  rail.addEventListener("lostpointercapture", letGo);
  rail.addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 };
    const place = { Home: 0, End: last() }[event.key] ?? nearest() + moves[event.key];
    if (Number.isNaN(place)) return;
    event.preventDefault();
    event.stopPropagation(); // the notebook would move to another cell
    goTo(place);
  });
  const take = () => {
    if (typed.value === "" || !Number.isFinite(Number(typed.value))) typed.value = model.get("value");
    else send(model, { value: Number(typed.value) });
  };
  typed.addEventListener("change", take);
  typed.addEventListener("keydown", (event) => event.key === "Enter" && take());
  letGo(); // a hand that held it when the page was left
  show();
  return { element, watched: [[model, "change:value change:values", show]] };
}

/** A checkbox that shows or hides a path, with the line that is its legend. */
function toggle(model) {
  const [color, , line] = model.get("look");
  const box = make("input", { type: "checkbox" });
  const legend = make("span", { class: "optim-legend", "aria-hidden": true });
  legend.innerHTML = `<svg width="34" height="12"><path d="M2 6H32" fill="none" stroke="${color}"
    stroke-width="2.5" stroke-dasharray="${DASHES[line]}"/></svg>`;
  const element = make("div", { class: "optim-switch" }, make("label", {}, box, legend, model.get("text")));
  const show = () => (box.checked = model.get("value"));
  box.addEventListener("change", () => send(model, { value: box.checked }));
  show();
  return { element, watched: [[model, "change:value", show]] };
}

/** The menu of surfaces. */
function menu(model) {
  const select = make("select", { "aria-label": "Surface" });
  const element = make("label", { class: "optim-menu" }, "Surface", select);
  const show = () => {
    select.replaceChildren(...model.get("surfaces").map((name, i) => make("option", { value: i }, name)));
    select.value = model.get("surface");
  };
  select.addEventListener("change", () => send(model, { surface: Number(select.value) }));
  show();
  return { element, watched: [[model, "change:surfaces change:surface", show]] };
}

async function render({ model, el }) {
  const find = (ref) => model.widget_manager.get_model(ref.slice("IPY_MODEL_".length));
  const [stage, steps] = await Promise.all([find(model.get("stage")), find(model.get("steps"))]);
  const tracks = await Promise.all(
    model.get("tracks").map(async (track) => ({
      model: await find(track.switch),
      sliders: await Promise.all(track.sliders.map(find)),
    })),
  );

  // The page
  const [surfaces, length] = [menu(stage), slider(steps)];
  const reset = make("button", { type: "button", title: "Back to the settings that the figure began with" }, "Reset");
  reset.addEventListener("click", () => stage.send("reset"));
  const groups = tracks.map((track) => [toggle(track.model), ...track.sliders.map(slider)]);
  const bar = make("div", { class: "optim-bar" }, surfaces.element, length.element, reset);
  const settings = make("div", { class: "optim-settings" },
    ...groups.map((group) => make("div", {}, ...group.map((control) => control.element))));
  const image = make("img", { alt: "" });
  const canvas = make("canvas", { role: "img" });
  const start = make("div", { class: "optim-start", role: "slider", tabindex: 0, "aria-label": "Start",
    title: "Drag the start, or move it with the arrow keys" });
  const busy = make("span", { class: "optim-busy" }, "computing…");
  const plots = make("div", { class: "optim-plots" }, image, canvas, start, busy);
  const button = (label, sign) => make("button", { type: "button", "aria-label": label, title: label }, sign);
  const [first, back, play, on] = [
    button("First step", "⇤"), button("Step back", "−1"), button("Play", "▶︎"), button("Step forwards", "+1")];
  const scrub = make("input", { type: "range", min: 0, step: 1, "aria-label": "Step shown" });
  const counter = make("output", {});
  const speed = make("select", { "aria-label": "Speed" },
    ...[0.25, 0.5, 1, 2, 4].map((k) => make("option", { value: k }, `${k}×`)));
  speed.value = "1";
  const player = make("div", { class: "optim-player", role: "group", "aria-label": "Playback" },
    first, back, play, on, scrub, counter, speed);
  const words = make("div", { class: "optim-words", "aria-live": "polite" });
  const internals = make("details", { class: "optim-internals" },
    make("summary", {}, "Internals: what drives the step under the cursor"), make("div", {}));
  el.classList.add("optim-view");
  el.append(bar, settings, plots, player, words, internals);

  // What to draw
  const lines = tracks.map((track) => words.appendChild(make("div", { "data-track": track.model.get("text") })));

  const settingsOf = (track) =>
    [stage.get("surface"), steps.get("value"), ...stage.get("start"), ...track.sliders.map((slider) => slider.get("value"))];
  /** Whether the table of the i-th slider was made for these settings, that slider's own apart. */
  const fits = (slider, i, settings) =>
    same(slider.get("table").made_for, settings.map((value, k) => (k === 4 + i ? null : value)));

  function pathOf(track) {
    const settings = settingsOf(track);
    const path = track.model.get("path");
    if (same(path.made_for, settings))
      return { source: "path", words: path.words, failed: path.failed, x: floats(path.x), f: floats(path.f), parts: path.parts };
    for (const [i, slider] of track.sliders.entries()) {
      const [table, row] = [slider.get("table"), slider.get("values").indexOf(slider.get("value"))];
      if (row < 0 || !fits(slider, i, settings)) continue;
      const count = steps.get("value") + 1;
      const part = (view, width) => floats(view).subarray(row * count * width, (row + 1) * count * width);
      return { source: "table", words: table.words[row], x: part(table.x, 2), f: part(table.f, 1) };
    }
    return { ...track.last, source: "stale", parts: undefined };
  }

  function heightLimits(scene, shown) {
    if (!scene.log) {
      const [low, high] = scene.heights;
      return low < high ? [low, high] : [low - 1, low + 1];
    }
    const heights = shown.flatMap((path) => [...path.f]).filter(Number.isFinite);
    const begin = Math.max(FLOOR, ...shown.map((path) => path.f[0]).filter(Number.isFinite));
    const high = Math.ceil(Math.log10(clamp(Math.max(FLOOR, ...heights), begin, 1e3 * begin)) + 0.1);
    const low = Math.floor(Math.log10(Math.max(FLOOR, Math.min(begin, ...heights.filter((f) => f > 0)))));
    return [Math.min(low, high - 1), high];
  }

  const last = () => steps.get("value");
  const cursor = () => {
    const step = stage.get("step");
    return step < 0 || step > last() ? last() : step;
  };

  let surfacePanel, heightPanel;
  function draw() {
    const width = plots.clientWidth;
    const scene = stage.get("scene");
    if (!width || !scene.bounds) return;
    for (const control of el.querySelectorAll(CONTROLS))
      control.dataset.lmSuppressShortcuts = true; // else JupyterLab takes the keys for itself
    for (const track of tracks) track.last = track.now = pathOf(track);
    const shown = tracks.filter((track) => track.model.get("value") && track.now.x);
    const [xs, ys] = scene.bounds;
    const limits = heightLimits(scene, shown.map((track) => track.now));

    // Side by side, or the one below the other where there is little room
    const wide = width >= 600;
    const w = wide ? Math.min(450, (width - 130) * 0.53) : Math.min(450, width - 66);
    const h = 0.8 * w;
    surfacePanel = panel(50, 8, w, h, xs, ys);
    const [left, top] = wide ? [w + 116, 8] : [50, h + 56];
    heightPanel = panel(left, top, width - left - 12, wide ? h : 0.55 * w, [0, last()], limits);
    const height = heightPanel.y + heightPanel.h + 40;
    const dots = window.devicePixelRatio;
    const [across, down] = [Math.round(width * dots), Math.round(height * dots)];
    if (canvas.width !== across || canvas.height !== down) {
      [canvas.width, canvas.height] = [across, down];
      canvas.style.height = `${height}px`;
      const { x, y } = surfacePanel;
      Object.assign(image.style, { left: `${x}px`, top: `${y}px`, width: `${w}px`, height: `${h}px` });
      Object.assign(busy.style, { left: `${x + 8}px`, top: `${y + 8}px` });
    }
    const ctx = canvas.getContext("2d");
    ctx.setTransform(dots, 0, 0, dots, 0, 0);
    ctx.clearRect(0, 0, width, height);
    const ink = getComputedStyle(el).color;
    axes(ctx, ink, surfacePanel, "x", "y", ticks(...ys, 5).map((v) => [v, brief(v)]));
    axes(ctx, ink, heightPanel, "step", scene.axis, heightTicks(scene, limits), "#fbfcfd");

    const t = cursor();
    const level = scene.log ? (f) => Math.log10(Math.max(f, FLOOR)) : (f) => f;
    for (const { model: { attributes: { look } }, now } of shown) {
      const onSurface = [...now.f].map((_, i) => [surfacePanel.X(now.x[2 * i]), surfacePanel.Y(now.x[2 * i + 1])]);
      const onHeights = [...now.f].map((f, i) => [heightPanel.X(i), heightPanel.Y(level(f))]);
      const stale = now.source === "stale";
      const here = Math.min(t, now.f.length - 1); // an old path may have fewer steps
      for (const [place, points, every] of [[surfacePanel, onSurface, 50], [heightPanel, onHeights, 10]]) {
        inside(ctx, place, () => {
          const gap = Math.max(1, Math.floor(points.length / every));
          ctx.lineWidth = 1.7;
          ctx.globalAlpha = stale ? 0.15 : 0.25;
          if (t < last()) trace(ctx, points, look, gap);
          ctx.globalAlpha = stale ? 0.25 : 1;
          trace(ctx, points.slice(0, here + 1), look, gap);
        });
        ctx.globalAlpha = stale ? 0.25 : 1;
        if (place.has(...points[here])) ring(ctx, points[here], look);
      }
      pointBeyond(ctx, onSurface[here], look);
      ctx.globalAlpha = 1;
    }
    inside(ctx, heightPanel, () => {
      [ctx.strokeStyle, ctx.lineWidth] = ["#555", 1];
      ctx.beginPath();
      ctx.moveTo(heightPanel.X(t), heightPanel.y);
      ctx.lineTo(heightPanel.X(t), heightPanel.y + heightPanel.h);
      ctx.stroke();
    });
    if (internals.open) inside(ctx, surfacePanel, () => shown.forEach((track) => forces(ctx, track, t)));
    describe(scene, shown, t);
    canvas.explorerState = {
      step: t, surface: scene.name, xs, ys, limits, panels: [surfacePanel, heightPanel],
      computing: !busy.hidden, words: words.innerText, drawn: (canvas.explorerState?.drawn ?? 0) + 1,
      tracks: tracks.map((track) => ({
        label: track.model.get("text"), shown: track.model.get("value"), ...track.now,
        ready: track.now.failed || track.sliders.every((slider, i) => fits(slider, i, settingsOf(track))),
      })),
    };
  }

  function inside(ctx, { x, y, w, h }, action) {
    ctx.save();
    ctx.beginPath();
    ctx.rect(x, y, w, h);
    ctx.clip();
    action();
    ctx.restore();
  }

  function heightTicks(scene, [low, high]) {
    if (!scene.log) return ticks(low, high, 5).map((v) => [v, brief(v)]);
    const gap = Math.ceil((high - low) / 6);
    return [...Array(Math.floor((high - low) / gap) + 1).keys()].map((i) => [low + i * gap, power(low + i * gap)]);
  }

  function axes(ctx, ink, place, xName, yName, yTicks, paper) {
    const { x, y, w, h } = place;
    if (paper) {
      ctx.fillStyle = paper;
      ctx.fillRect(x, y, w, h);
    }
    [ctx.fillStyle, ctx.lineWidth, ctx.textBaseline, ctx.font] = [ink, 1, "middle", "12px sans-serif"];
    const text = (label, px, py, align) => {
      ctx.textAlign = align;
      ctx.fillText(label, px, py);
    };
    for (const v of ticks(...place.xs, w / 60)) text(brief(v), place.X(v), y + h + 12, "center");
    for (const [v, label] of yTicks) text(label, x - 6, place.Y(v), "right");
    text(xName, x + w / 2, y + h + 29, "center");
    ctx.save();
    ctx.translate(x - 42, y + h / 2);
    ctx.rotate(-Math.PI / 2);
    text(yName, 0, 0, "center");
    ctx.restore();
    if (paper) {
      ctx.strokeStyle = "#e2e6ea";
      ctx.beginPath();
      for (const [v] of yTicks) {
        ctx.moveTo(x, place.Y(v));
        ctx.lineTo(x + w, place.Y(v));
      }
      ctx.stroke();
    }
    ctx.strokeStyle = "#8895a2";
    ctx.strokeRect(x, y, w, h);
  }

  function ring(ctx, [x, y], style) {
    ctx.fillStyle = style[0];
    [ctx.strokeStyle, ctx.lineWidth] = ["#fff", 1.5];
    marker(ctx, style[1], x, y, 4.5);
    ctx.stroke();
  }

  /** A wedge on the border of the surface that points to where a path has left. */
  function pointBeyond(ctx, [x, y], style) {
    const p = surfacePanel;
    if (Number.isNaN(x + y) || p.has(x, y)) return;
    const [bx, by] = [clamp(x, p.x + 9, p.x + p.w - 9), clamp(y, p.y + 9, p.y + p.h - 9)];
    ctx.save();
    ctx.translate(bx, by);
    ctx.rotate(Math.atan2(y - by, x - bx));
    ctx.fillStyle = style[0];
    ctx.beginPath();
    [[8, 0], [-5, -6], [-5, 6]].forEach((corner) => ctx.lineTo(...corner));
    ctx.fill();
    ctx.restore();
  }

  function forces(ctx, { model: track, now }, t) {
    if (!now.parts) return;
    const p = surfacePanel;
    const [x, y] = [p.X(now.x[2 * t]), p.Y(now.x[2 * t + 1])];
    for (const part of now.parts.filter((part) => part.arrow)) {
      const [vx, vy] = floats(part.values).subarray(2 * t, 2 * t + 2);
      let [dx, dy] = [(vx * part.arrow * p.w) / (p.xs[1] - p.xs[0]), (-vy * part.arrow * p.h) / (p.ys[1] - p.ys[0])];
      if (part.name !== "step") [dx, dy] = [dx, dy].map((d) => (52 * d) / Math.hypot(dx, dy));
      ctx.fillStyle = track.get("look")[0];
      arrow(ctx, x, y, dx, dy, (part.arrow < 0 ? "−" : "") + part.name,
        part.name === "step" ? 3 : 1.6, part.name === "g" ? [4, 3] : []);
    }
  }

  const put = (node, text) => node.textContent !== text && (node.textContent = text);

  /** Say all of it in text: words, alternative text, the step, the start, the internals. */
  function describe(scene, shown, t) {
    const ended = steps.comm_live === false;
    put(busy, ended ? "The kernel has ended: run the cell again" : "computing…");
    busy.hidden = !ended && !shown.some((track) => track.now.source === "stale");
    image.style.opacity = scene.surface === stage.get("surface") ? 1 : 0.35;
    words.setAttribute("aria-busy", !busy.hidden || stage.get("held") || tracks.some((track) => track.sliders.some((s) => s.get("held"))));
    tracks.forEach((track, i) => {
      lines[i].hidden = !track.model.get("value");
      lines[i].className = track.now.source === "stale" ? "waiting" : track.now.failed ? "failed" : "";
      put(lines[i], track.now.words ?? "");
    });
    const said = shown.map((track) => (track.now.source === "stale" ? `${track.model.get("text")}: computing` : track.now.words));
    canvas.setAttribute("aria-label", `Paths on ${scene.name}, and their heights against the step. ${said.join(". ")}.`);
    scrub.max = last();
    scrub.value = t;
    scrub.setAttribute("aria-valuetext", `step ${t} of ${last()}`);
    put(counter, `step ${t} of ${last()}`);
    const [x, y] = stage.get("start");
    Object.assign(start.style, { left: `${surfacePanel.X(x)}px`, top: `${surfacePanel.Y(y)}px` });
    start.hidden = !surfacePanel.has(surfacePanel.X(x), surfacePanel.Y(y));
    for (const [name, value] of [["min", scene.bounds[0][0]], ["max", scene.bounds[0][1]], ["now", x]])
      start.setAttribute(`aria-value${name}`, value);
    start.setAttribute("aria-valuetext", `x = ${brief(x)}, y = ${brief(y)}`);
    if (internals.open) internals.lastChild.replaceChildren(...shown.map((track) => table(track, t)));
  }

  function table({ model: track, now }, t) {
    const cells = (tag, ...texts) => make("tr", {}, make("th", { scope: "row" }, texts[0]), ...texts.slice(1).map((s) => make(tag, {}, s)));
    const rows = (now.parts ?? []).map(({ name, width, values }) =>
      cells("td", name, ...Array.from(floats(values).subarray(width * t, width * (t + 1)), brief)));
    const head = now.parts ? cells("th", "", "x", "y") : cells("td", "waiting for the kernel");
    return make("table", {}, make("caption", {}, track.get("text")), head, ...rows);
  }

  let frame = 0;
  const schedule = () => (frame ||= requestAnimationFrame(() => ((frame = 0), draw())));

  // The start under the hand
  const round = (v, [low, high]) => {
    const digits = Math.max(0, Math.ceil(-Math.log10((high - low) / 1000)));
    return Number(clamp(v, low, high).toFixed(digits));
  };
  function moveStart(x, y) {
    const [xs, ys] = stage.get("scene").bounds;
    send(stage, { start: [round(x, xs), round(y, ys)] });
  }
  function hold(held) {
    if (stage.get("held") !== held) send(stage, { held });
  }
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    const scale = canvas.clientWidth / box.width;
    return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
  };
  start.addEventListener("pointerdown", (event) => {
    start.setPointerCapture(event.pointerId);
    hold(true);
  });
  start.addEventListener("pointermove", (event) => {
    if (!start.hasPointerCapture(event.pointerId)) return;
    const [[px, py], { x, y, w, h, xs, ys }] = [at(event), surfacePanel];
    moveStart(xs[0] + ((px - x) / w) * (xs[1] - xs[0]), ys[0] + ((y + h - py) / h) * (ys[1] - ys[0]));
  });
  start.addEventListener("lostpointercapture", () => hold(false));
  start.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] }[event.key];
    if (!way) return;
    event.preventDefault();
    event.stopPropagation(); // the notebook would move to another cell
    const size = event.shiftKey ? 0.1 : 0.01;
    const [xs, ys] = stage.get("scene").bounds;
    const [x, y] = stage.get("start");
    moveStart(x + way[0] * size * (xs[1] - xs[0]), y + way[1] * size * (ys[1] - ys[0]));
  });

  // Playback: the step lives in the browser alone
  let playing = 0;
  const go = (step) => stage.set("step", step >= last() ? -1 : Math.max(0, Math.round(step)));
  function pause() {
    cancelAnimationFrame(playing);
    playing = 0;
    [play.textContent, play.title] = ["▶︎", "Play"];
    play.setAttribute("aria-label", "Play");
  }
  function run() {
    let [time, position] = [performance.now(), cursor() >= last() ? 0 : cursor()];
    const tick = (now) => {
      position += ((now - time) / 1000) * STEPS_A_SECOND * Number(speed.value);
      time = now;
      go(Math.floor(position));
      if (position >= last()) pause();
      else playing = requestAnimationFrame(tick);
    };
    go(position);
    playing = requestAnimationFrame(tick);
    [play.textContent, play.title] = ["⏸︎", "Pause"];
    play.setAttribute("aria-label", "Pause");
  }
  play.addEventListener("click", () => (playing ? pause() : run()));
  const jump = (step) => (pause(), go(step));
  first.addEventListener("click", () => jump(0));
  back.addEventListener("click", () => jump(cursor() - 1));
  on.addEventListener("click", () => jump(cursor() + 1));
  scrub.addEventListener("input", () => jump(Number(scrub.value)));
  const scrubHeights = (event) => {
    if (event.buttons !== 1 || !heightPanel?.has(...at(event))) return;
    jump(((at(event)[0] - heightPanel.x) / heightPanel.w) * last());
  };
  canvas.addEventListener("pointerdown", scrubHeights);
  canvas.addEventListener("pointermove", scrubHeights);
  internals.addEventListener("toggle", schedule);

  // What a change leads to
  let picture = "";
  function showPicture() {
    URL.revokeObjectURL(picture);
    picture = URL.createObjectURL(new Blob([stage.get("scene").picture], { type: "image/png" }));
    image.src = picture;
    schedule();
  }
  const watched = [
    [stage, "change:start change:step change:held change:surface", schedule],
    [stage, "change:scene", showPicture],
    [steps, "change:value comm_live_update", schedule],
    ...tracks.map((track) => [track.model, "change:value change:path", schedule]),
    ...tracks.flatMap((track) => track.sliders.map((slider) => [slider, "change:value change:table change:held", schedule])),
    ...[surfaces, length, ...groups.flat()].flatMap((control) => control.watched),
  ];
  for (const [source, events, action] of watched) source.on(events, action);
  const resized = new ResizeObserver(schedule);
  resized.observe(plots);
  const themed = new MutationObserver(schedule);
  themed.observe(document.body, { attributes: true });
  hold(false); // a hand that held it when the page was left
  showPicture();

  return () => {
    for (const [source, events, action] of watched) source.off(events, action);
    resized.disconnect();
    themed.disconnect();
    pause();
    cancelAnimationFrame(frame);
    URL.revokeObjectURL(picture);
  };
}

export default { render };
