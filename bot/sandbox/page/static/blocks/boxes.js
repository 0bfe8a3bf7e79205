// Radio buttons and check boxes: the browser's own, in a group with a name.

import { h, mint } from "../dom.js";
import { controlName, holds, useHeld } from "./held.js";
import { mrkdwn, plain } from "../text/mrkdwn.js";

export function boxes(block, part, scene) {
  const several = part.type === "checkboxes";
  const name = mint("choice");
  const chosen = () => [...group.querySelectorAll("input:checked")].map((input) => input.value);
  const put = (value) => {
    const values = valuesOf(value);
    for (const input of group.querySelectorAll("input")) input.checked = values.includes(input.value);
  };
  const changed = async () => {
    const used = await useHeld(scene, block, part, several ? chosen() : chosen()[0]);
    if (!used) put(scene.value(block, part));
  };
  const group = h("div", {
    class: "boxes", role: several ? "group" : "radiogroup", "aria-label": block.label ? null : "Choices",
    data: { control: controlName(block, part) },
  }, part.options.map((option) => box(option, name, several, changed, scene)));
  put(scene.value(block, part));
  return holds(group, { get: () => (several ? chosen() : chosen()[0] ?? null), set: put });
}

function box(option, name, several, changed, scene) {
  const words = option.text.type === "mrkdwn" ? mrkdwn(option.text.text, scene.user) : plain(option.text.text);
  return h("label", { class: "box" },
    h("input", { type: several ? "checkbox" : "radio", name, value: option.value, on: { change: changed } }),
    h("span", {}, words, option.description && h("small", {}, plain(option.description.text))));
}

/** The values of the option, options or nothing that an element holds. */
export function valuesOf(held) {
  return [held ?? []].flat().map((option) => (typeof option === "string" ? option : option.value));
}
