// Host: an anywidget, in JupyterLab, Notebook and whatever else shows one.

import { Figure } from "./figure.js";

const NOTHING = { content: { data: { method: "custom", content: {} } }, buffers: [] };

/**
 * Let a figure that was late hear the kernel. anywidget gives a model two seconds to load; on a
 * slow page it refuses all messages of the kernel afterwards. Jupyter's own way to hear them is put
 * back then, and what was missed is asked for. Those who watch a change are told the model itself;
 * in hosts that tell another one, or none, there is nothing to mend.
 *
 * @param {import("./figure.js").Model} model
 */
function hearKernel(model) {
  const step = model.get("step");
  const listen = async (/** @type {any} */ told) => {
    model.off?.("change:step", listen);
    try {
      await told?._handle_comm_msg?.(NOTHING);
    } catch {
      const jupyters = Object.getPrototypeOf(Object.getPrototypeOf(told));
      told.comm.on_msg(jupyters._handle_comm_msg.bind(told));
      told.comm.send({ method: "request_state" });
    }
  };
  model.on("change:step", listen);
  model.set("step", step + 1);
  model.set("step", step);
}

/** @param {{model: import("./figure.js").Model, el: HTMLElement}} context */
function render({ model, el }) {
  hearKernel(model);
  const figure = new Figure(model, el);
  return () => figure.end();
}

export default { render };
