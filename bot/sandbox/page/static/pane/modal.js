// The modals of one person, the newest on top; the rest of their pane waits meanwhile.

import { h, mint, say } from "../dom.js";
import { icon } from "../icons.js";
import { send } from "../send.js";
import { plain } from "../text/mrkdwn.js";
import { Form } from "./form.js";

export class Modals {
  /**
   * @param {HTMLElement} layer
   * @param {import("../store.js").User} user
   * @param {(dialog: any) => Promise<boolean>} confirm
   * @param {(busy: boolean) => void} covers
   */
  constructor(layer, user, confirm, covers) {
    Object.assign(this, { layer, user, confirm, covers });
    /** @type {Map<string, Modal>} */
    this.open = new Map();
    this.back = null;
  }

  /** @param {import("../store.js").View[]} views */
  show(views) {
    const ids = views.map((view) => view.id);
    for (const [id, modal] of this.open) if (!ids.includes(id)) this.drop(id, modal);
    for (const view of views) {
      if (this.open.has(view.id)) this.open.get(view.id).update(view);
      else this.add(view);
    }
    const top = ids.at(-1);
    for (const [id, modal] of this.open) modal.node.hidden = id !== top;
  }

  add(view) {
    if (!this.open.size) {
      this.back = document.activeElement;
      this.covers(true);
    }
    const modal = new Modal(view, this.user, this.confirm);
    this.open.set(view.id, modal);
    this.layer.append(modal.node);
    // Only where the person is: a modal for someone else must not take the focus out of one's hands.
    if (!this.back || this.back === document.body || this.layer.parentElement?.contains(this.back)) modal.focus();
  }

  drop(id, modal) {
    const had = modal.node.contains(document.activeElement);
    modal.node.remove();
    this.open.delete(id);
    if (this.open.size) return;
    this.covers(false);
    if (had && this.back instanceof HTMLElement && this.back.isConnected) this.back.focus();
  }
}

class Modal {
  constructor(view, user, confirm) {
    this.user = user;
    this.form = new Form(view, user, confirm);
    this.title = h("h2", { id: mint("modal") });
    this.trouble = h("p", { class: "trouble", role: "alert" });
    this.submit = h("button", { type: "submit", class: "button primary" });
    this.closer = h("button", { type: "button", class: "button", on: { click: () => this.close() } });
    this.sheet = h("form", { class: "sheet", role: "dialog", "aria-labelledby": this.title.id, tabindex: "-1", novalidate: true,
      on: { submit: (event) => { event.preventDefault(); this.send(); }, keydown: (event) => this.key(event) } },
    h("div", { class: "sheet-head" }, this.title,
      h("button", { type: "button", class: "quiet icon-button", "aria-label": "Close", on: { click: () => this.close() } }, icon("close"))),
    h("div", { class: "sheet-body" }, this.form.node, this.trouble),
    h("div", { class: "sheet-foot" }, this.closer, this.submit));
    this.node = h("div", { class: "shade" }, this.sheet);
    this.update(view);
  }

  update(view) {
    const wrong = JSON.stringify(view.errors);
    this.view = view;
    this.title.replaceChildren(...plain(view.title));
    say(this.closer, view.close || "Cancel");
    say(this.submit, view.submit || "Submit");
    this.submit.hidden = !view.submit;
    say(this.trouble, view.trouble);
    this.form.update(view);
    // To what is wrong, once for each time it is.
    if (wrong !== "{}" && wrong !== this.wrong) this.sheet.querySelector('[aria-invalid="true"]')?.focus();
    this.wrong = wrong;
  }

  focus() {
    const first = this.form.node.querySelector('[data-focus="first"]')
      || this.form.node.querySelector("input, textarea, [role=combobox], button");
    (first || this.sheet).focus({ preventScroll: true });
  }

  async send() {
    this.submit.setAttribute("aria-busy", "true");
    this.wrong = "";
    await this.form.noted;
    await send("submit", { who: this.user.id, view: this.view.id, values: this.form.values() });
    this.submit.removeAttribute("aria-busy");
  }

  close() {
    send("close", { who: this.user.id, view: this.view.id });
  }

  key(event) {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    this.close();
  }
}
