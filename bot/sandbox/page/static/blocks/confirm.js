// Asks "are you sure?" in the words the app chose, in the pane of the person who is asked.

import { h, mint } from "../dom.js";
import { plain } from "../text/mrkdwn.js";
import { text } from "./parts.js";

/**
 * @param {HTMLElement} layer  where dialogs of this pane stand
 * @param {any} dialog  https://docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object
 * @param {import("../store.js").User} user
 * @param {(busy: boolean) => void} covers  told while everything under it is out of reach
 * @returns {Promise<boolean>}
 */
export function askFirst(layer, dialog, user, covers) {
  const back = document.activeElement;
  const title = mint("asked");
  const said = mint("asked");
  return new Promise((resolve) => {
    const answer = (yes) => {
      shade.remove();
      covers(false);
      if (back instanceof HTMLElement) back.focus();
      resolve(yes);
    };
    const no = h("button", { type: "button", class: "button", on: { click: () => answer(false) } }, plain(dialog.deny.text));
    const yes = h("button", {
      type: "button", class: `button ${dialog.style === "danger" ? "danger" : "primary"}`, on: { click: () => answer(true) },
    }, plain(dialog.confirm.text));
    const box = h("div", { class: "sheet small", role: "alertdialog", "aria-labelledby": title, "aria-describedby": said },
      h("h2", { id: title }, plain(dialog.title.text)),
      dialog.text && h("div", { id: said, class: "sheet-body" }, text(dialog.text, user)),
      h("div", { class: "sheet-foot" }, no, yes));
    box.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      answer(false);
    });
    const shade = h("div", { class: "shade" }, box);
    layer.append(shade);
    covers(true);
    no.focus();
  });
}
