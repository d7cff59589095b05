// The controls of the live figure: a slider with a number that can be typed, and a switch.

const DASHES = { "-": "", "--": "6 3", ":": "2 3", "-.": "7 3 2 3" };

function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function slider(model, el) {
  const [owner, text] = [model.get("owner"), model.get("text")];
  const name = owner ? `${owner} ${text}` : text;
  const range = make("input", { type: "range", min: 0, step: 1, "aria-label": name });
  const typed = make("input", { type: "number", step: "any", "aria-label": `${name}, typed` });
  el.classList.add("optim-slider");
  el.append(make("span", { "aria-hidden": true }, text), range, typed);

  const set = (changes) => {
    for (const [key, value] of Object.entries(changes)) model.set(key, value);
    model.save_changes();
  };
  const show = () => {
    const [value, values] = [model.get("value"), model.get("values")];
    let nearest = 0;
    values.forEach((v, i) => {
      if (Math.abs(v - value) < Math.abs(values[nearest] - value)) nearest = i;
    });
    range.max = values.length - 1;
    range.value = nearest;
    range.setAttribute("aria-valuetext", value);
    if (typed.value === "" || Number(typed.value) !== value) typed.value = value;
  };
  const letGo = () => model.get("held") && set({ held: false });

  range.addEventListener("pointerdown", () => set({ held: true }));
  for (const event of ["pointerup", "pointercancel", "change", "blur"])
    range.addEventListener(event, letGo);
  range.addEventListener("input", () => set({ value: model.get("values")[range.value] }));
  typed.addEventListener("change", () => {
    if (typed.value === "" || !Number.isFinite(Number(typed.value))) typed.value = model.get("value");
    else set({ value: Number(typed.value) });
  });
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
    const end = (model.get("kind") === "slider" ? slider : toggle)(model, el);
    for (const control of el.querySelectorAll("input"))
      control.dataset.lmSuppressShortcuts = true; // else JupyterLab takes the keys for itself
    return end;
  },
};
