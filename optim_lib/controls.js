// The controls of the live figure: a slider with a number that can be typed, and a switch.

const DASHES = { "-": "", "--": "6 3", ":": "2 3", "-.": "7 3 2 3" };

function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** A slider of its own making: a native one tells assistive tools its position, not its value. */
function slider(model, el) {
  const [owner, text] = [model.get("owner"), model.get("text")];
  const name = owner ? `${owner} ${text}` : text;
  const thumb = make("span", { class: "optim-thumb" });
  const rail = make("div", { class: "optim-rail", role: "slider", tabindex: 0, "aria-label": name }, thumb);
  const typed = make("input", { type: "number", step: "any", "aria-label": `${name}, typed` });
  el.classList.add("optim-slider");
  el.append(make("span", { "aria-hidden": true }, text), rail, typed);

  const set = (changes) => {
    for (const [key, value] of Object.entries(changes)) model.set(key, value);
    model.save_changes();
  };
  const last = () => model.get("values").length - 1;
  const nearest = () => {
    const distances = model.get("values").map((v) => Math.abs(v - model.get("value")));
    return Math.max(0, distances.indexOf(Math.min(...distances)));
  };
  const goTo = (position) => {
    const value = model.get("values")[Math.min(Math.max(Math.round(position), 0), last())];
    if (value !== model.get("value")) set({ value });
  };
  const show = () => {
    const [value, values] = [model.get("value"), model.get("values")];
    thumb.style.left = `${(100 * nearest()) / Math.max(1, last())}%`;
    rail.setAttribute("aria-valuemin", Math.min(value, values[0]));
    rail.setAttribute("aria-valuemax", Math.max(value, values[last()]));
    rail.setAttribute("aria-valuenow", value);
    if (typed.value === "" || Number(typed.value) !== value) typed.value = value;
  };
  const letGo = () => model.get("held") && set({ held: false });

  const follow = (event) => {
    const { left, width } = rail.getBoundingClientRect();
    goTo(((event.clientX - left) / width) * last());
  };
  rail.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    event.preventDefault(); // else the page selects text under the hand
    rail.focus();
    rail.setPointerCapture(event.pointerId);
    set({ held: true });
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
    else set({ value: Number(typed.value) });
  };
  typed.addEventListener("change", take);
  typed.addEventListener("keydown", (event) => event.key === "Enter" && take());
  model.on("change:value change:values", show);
  letGo(); // a hand that held it when the page was left
  show();
  return () => model.off("change:value change:values", show);
}

function toggle(model, el) {
  const [color, , line] = model.get("look");
  const box = make("input", { type: "checkbox" });
  const legend = make("span", { class: "optim-legend", "aria-hidden": true });
  legend.innerHTML = `<svg width="34" height="12"><path d="M2 6H32" fill="none" stroke="${color}"
    stroke-width="2.5" stroke-dasharray="${DASHES[line] ?? ""}"/></svg>`;
  el.classList.add("optim-switch");
  el.append(make("label", {}, box, legend, model.get("text")));

  const show = () => (box.checked = model.get("value"));
  box.addEventListener("change", () => {
    model.set("value", box.checked);
    model.save_changes();
  });
  model.on("change:value", show);
  show();
  return () => model.off("change:value", show);
}

export default {
  render({ model, el }) {
    return (model.get("kind") === "slider" ? slider : toggle)(model, el);
  },
};
