// Draws an input block: its label, the field, its hint, and what is wrong with it.

import { attr, h, mint, say } from "../dom.js";
import { plain } from "../text/mrkdwn.js";
import { element } from "./elements.js";
import { fieldOf } from "./held.js";

const LABELLED = "input:not([type=radio]):not([type=checkbox]), textarea, [role=combobox], [role=group], [role=radiogroup]";
const HELD = new WeakMap();

export function inputBlock(block, scene) {
  const label = mint("label");
  const hint = mint("hint");
  const wrong = mint("wrong");
  const field = element(block, block.element, scene);
  const stop = field.matches(LABELLED) ? field : field.querySelector(LABELLED);
  if (stop) {
    attr(stop, "aria-labelledby", label);
    attr(stop, "aria-describedby", `${block.hint ? hint : ""} ${wrong}`.trim());
    if (!block.optional) attr(stop, "aria-required", stop.matches("[role=group]") ? null : "true");
  }
  const node = h("div", { class: "block-input" },
    h("div", { class: "label", id: label, on: { click: () => stop?.focus() } }, plain(block.label.text),
      block.optional && h("span", { class: "optional" }, " (optional)")),
    field,
    block.hint && h("p", { class: "hint", id: hint }, plain(block.hint.text)),
    h("p", { class: "wrong", id: wrong, "aria-live": "polite" }));
  changeInput(node, block, scene);
  return node;
}

/** What is wrong with it now, and what it holds where that came from elsewhere. */
export function changeInput(node, block, scene) {
  const words = scene.error(block.block_id) || "";
  const wrong = node.querySelector(".wrong");
  if (wrong) say(wrong, words);
  const stop = node.querySelector(LABELLED);
  if (stop) attr(stop, "aria-invalid", words ? "true" : null);
  const told = JSON.stringify(scene.value(block, block.element) ?? null);
  if (HELD.has(node) && HELD.get(node) !== told && !node.contains(document.activeElement)) {
    fieldOf(node)?.set(scene.value(block, block.element));
  }
  HELD.set(node, told);
}
