// Draws the interactive elements of Block Kit: buttons, links, menus, pickers, boxes.
// https://docs.slack.dev/reference/block-kit/block-elements

import { h } from "../dom.js";
import { icon } from "../icons.js";
import { plain } from "../text/mrkdwn.js";
import { stillPicture } from "./parts.js";
import { boxes } from "./boxes.js";
import { controlName } from "./held.js";
import { selectMenu } from "./menu.js";
import { overflowMenu } from "./overflow.js";
import { dateField, textField } from "./typed.js";

/** @returns {HTMLElement} the element; where it holds a value, `fieldOf` (held.js) knows how to read it */
export function element(block, part, scene) {
  return (KINDS[part.type] || unknown)(block, part, scene);
}

const KINDS = {
  button,
  workflow_button: button,
  overflow: overflowMenu,
  image: (block, part) => stillPicture(part, "thumb"),
  radio_buttons: boxes,
  checkboxes: boxes,
  datepicker: dateField,
  timepicker: dateField,
  datetimepicker: dateField,
  plain_text_input: textField,
  email_text_input: textField,
  url_text_input: textField,
  number_input: textField,
};
for (const kind of ["static", "external", "users", "conversations", "channels"]) {
  KINDS[`${kind}_select`] = selectMenu;
  KINDS[`multi_${kind}_select`] = selectMenu;
}

function unknown(block, part) {
  return h("span", { class: "block-unknown" }, `(an element of type ${part.type})`);
}

function button(block, part, scene) {
  const look = {
    class: `button ${part.style || ""}`.trim(),
    data: { control: controlName(block, part) },
    "aria-label": part.accessibility_label,
  };
  const words = h("span", {}, plain(part.text.text));
  const node = part.url
    ? h("a", { ...look, href: part.url, target: "_blank", rel: "noopener" }, words, icon("out", "out"),
      h("span", { class: "unseen" }, " (opens a new tab)"))
    : h("button", { ...look, type: "button" }, words);
  node.addEventListener("click", (event) => pressed(event, node, block, part, scene));
  return node;
}

/** A link opens by itself while the app is told; with a question first, after the answer. */
async function pressed(event, node, block, part, scene) {
  if (part.confirm) {
    event.preventDefault();
    if (!(await scene.confirm(part.confirm))) return;
    if (part.url) window.open(part.url, "_blank", "noopener");
  }
  node.setAttribute("aria-busy", "true");
  await scene.use(block, part);
  node.removeAttribute("aria-busy");
}
