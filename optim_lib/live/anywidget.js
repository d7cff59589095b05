// Host: an anywidget, in JupyterLab, Notebook and whatever else shows one.

import { Figure } from "./figure.js";

/** @param {{model: import("./figure.js").Model, el: HTMLElement}} context */
function render({ model, el }) {
  const figure = new Figure(model, el);
  return () => figure.end();
}

export default { render };
