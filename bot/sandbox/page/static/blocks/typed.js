// Fields one types into: texts, numbers, dates and times, in the zone of who types.

import { h } from "../dom.js";
import { controlName, holds, useHeld } from "./held.js";
import { local, moment } from "../text/dates.js";

const KINDS = { email_text_input: "email", url_text_input: "url", number_input: "text" };

export function textField(block, part, scene) {
  const node = part.multiline
    ? h("textarea", { ...common(block, part), rows: "4" })
    : h("input", { ...common(block, part), type: KINDS[part.type] || "text",
      inputmode: part.type === "number_input" ? (part.is_decimal_allowed ? "decimal" : "numeric") : null });
  const field = { get: () => node.value || null, set: (value) => { node.value = value ?? ""; } };
  field.set(scene.value(block, part));
  node.addEventListener("change", () => scene.use(block, part, field.get()));
  return holds(node, field);
}

const DATES = { datepicker: "date", timepicker: "time", datetimepicker: "datetime-local" };

export function dateField(block, part, scene) {
  const moments = part.type === "datetimepicker";
  const { tz } = scene.user;
  const node = h("input", { ...common(block, part), type: DATES[part.type], max: moments ? "9999-12-31T23:59" : null });
  const field = {
    get: () => (node.value ? (moments ? moment(node.value, tz) : node.value) : null),
    set: (value) => { node.value = value ? (moments ? local(value, tz) : value) : ""; },
  };
  field.set(scene.value(block, part));
  let told = field.get();
  // The browser says "change" at every part of a date; it is chosen when the field is left, or at Enter.
  const chosen = async () => {
    if (field.get() === told) return;
    told = field.get();
    if (!(await useHeld(scene, block, part, told))) field.set(scene.value(block, part));
  };
  node.addEventListener("blur", chosen);
  node.addEventListener("keydown", (event) => { if (event.key === "Enter") chosen(); });
  return holds(node, field);
}

function common(block, part) {
  return {
    class: "typed",
    placeholder: part.placeholder?.text,
    "aria-label": block.label ? null : part.placeholder?.text || "Date or time",
    autocomplete: "off",
    data: { control: controlName(block, part), focus: part.focus_on_load ? "first" : null },
  };
}
