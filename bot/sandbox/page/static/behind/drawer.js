// The drawer under the panes: the API calls, and the things to break.

import { h } from "../dom.js";
import { icon } from "../icons.js";
import { store } from "../store.js";
import { Tabs } from "../tabs.js";
import { faultPanel } from "./faults.js";
import { logPanel } from "./log.js";

export class Drawer {
  constructor() {
    this.panels = { log: logPanel(), faults: faultPanel() };
    this.tab = "log";
    const { log, faults } = this.panels;
    this.tabs = new Tabs("Behind the scenes", { log: ["API calls", log.node], faults: ["Break things", faults.node] }, (name) => this.choose(name));
    this.node = h("aside", { class: "drawer", "aria-label": "Behind the scenes", hidden: true },
      h("header", { class: "drawer-head" }, this.tabs.node,
        h("button", { type: "button", class: "quiet icon-button", "aria-label": "Close the drawer", on: { click: () => this.close() } }, icon("close"))),
      log.node, faults.node);
    this.openers = {};
    // From wherever one is, unless something nearer closes by the same key.
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !this.node.hidden && !event.defaultPrevented) this.close();
    });
  }

  /** The button in the page's head that opens one of the panels. */
  opener(name, words, drawing) {
    const badge = h("span", { class: "badge", hidden: true });
    const button = h("button", { type: "button", class: "top-button", "aria-expanded": "false", "aria-label": words, title: words, on: { click: () => this.toggle(name) } },
      icon(drawing), h("span", { class: "wide" }, words), badge);
    this.openers[name] = { button, badge };
    return button;
  }

  toggle(name) {
    if (!this.node.hidden && this.tab === name) this.close();
    else {
      this.node.hidden = false;
      this.choose(name);
      this.tabs.focus(name);
    }
  }

  choose(name) {
    this.tab = name;
    this.tabs.choose(name);
    this.tell();
    this.update(new Set(["snapshot"]));
  }

  close() {
    this.node.hidden = true;
    this.tell();
    this.openers[this.tab]?.button.focus();
  }

  tell() {
    for (const [name, { button }] of Object.entries(this.openers)) {
      button.setAttribute("aria-expanded", String(!this.node.hidden && this.tab === name));
    }
    document.body.classList.toggle("with-drawer", !this.node.hidden);
  }

  update(touched) {
    const all = touched.has("snapshot");
    const broken = store.trouble.planned.length + (store.trouble.running ? 0 : 1);
    const { badge } = this.openers.faults;
    badge.hidden = !broken;
    badge.textContent = String(broken);
    if (this.node.hidden) return;
    if (this.tab === "log" && (all || touched.has("log"))) this.panels.log.update();
    if (this.tab === "faults" && (all || touched.has("trouble"))) this.panels.faults.update();
  }
}
