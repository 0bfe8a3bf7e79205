// Begins a direct message with somebody.

import { popup } from "../blocks/popup.js";
import { attr, h, roving } from "../dom.js";
import { icon } from "../icons.js";
import { send } from "../send.js";
import { nameOf, store } from "../store.js";
import { avatar } from "./avatar.js";

/** @param {string} who @param {(channel: string) => void} onTalk */
export function newMessage(who, onTalk) {
  const button = h("button", { type: "button", class: "place new", "aria-haspopup": "menu", "aria-expanded": "false" },
    icon("plus"), h("span", { class: "place-name" }, "New message"));
  const menu = h("div", { role: "menu", "aria-label": "To whom", class: "options" });
  const rest = roving(menu, "[role=menuitem]");
  const list = popup(button, menu, { onClose: () => attr(button, "aria-expanded", "false") });
  const talk = async (other) => {
    list.close();
    const made = await send("talk", { who, with: [other] });
    if (made) onTalk(made.channel);
  };
  button.addEventListener("click", () => {
    if (list.isOpen()) return list.close();
    const others = store.people.filter((each) => each !== who && !store.users.get(each)?.deleted);
    menu.replaceChildren(...others.map((each) => h("button", {
      type: "button", role: "menuitem", class: "option", on: { click: () => talk(each) },
    }, avatar(each, "tiny"), nameOf(each))));
    list.open();
    attr(button, "aria-expanded", "true");
    rest();
    return menu.querySelector("button")?.focus();
  });
  return h("div", {}, button);
}
