// The ⋯ button with its few choices.

import { h, roving } from "../dom.js";
import { icon } from "../icons.js";
import { plain } from "../text/mrkdwn.js";
import { controlName, useHeld } from "./held.js";
import { popup } from "./popup.js";

export function overflowMenu(block, part, scene) {
  const button = h("button", {
    type: "button", class: "button quiet", "aria-haspopup": "menu", "aria-expanded": "false", "aria-label": "More",
    data: { control: controlName(block, part) },
  }, icon("more"));
  const items = part.options.map((option) => h("button", {
    type: "button", role: "menuitem", class: "option", on: { click: () => choose(option) },
  }, plain(option.text.text)));
  const menu = h("div", { role: "menu", "aria-label": "More", class: "options" }, items);
  const rest = roving(menu, "[role=menuitem]");
  const list = popup(button, menu, { onClose: () => button.setAttribute("aria-expanded", "false") });
  const choose = async (option) => {
    list.close();
    if (option.url) window.open(option.url, "_blank", "noopener");
    await useHeld(scene, block, part, option.value);
  };
  button.addEventListener("click", () => {
    if (list.isOpen()) return list.close();
    list.open();
    button.setAttribute("aria-expanded", "true");
    rest();
    return items[0]?.focus();
  });
  return h("span", { class: "menu" }, button);
}
