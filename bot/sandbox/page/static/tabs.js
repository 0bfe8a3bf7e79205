// A row of tabs, each over a panel of its own. https://www.w3.org/WAI/ARIA/apg/patterns/tabs/

import { h, mint, roving } from "./dom.js";

export class Tabs {
  /**
   * @param {string} label
   * @param {Record<string, [string, HTMLElement]>} panels  by name: the words on the tab, and what it shows
   * @param {(name: string) => void} onChoose
   */
  constructor(label, panels, onChoose) {
    this.node = h("div", { role: "tablist", class: "tabs", "aria-label": label }, Object.entries(panels).map(([name, [words, panel]]) => {
      const id = mint("tab");
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", id);
      return h("button", { type: "button", role: "tab", class: "tab", id, data: { tab: name }, on: { click: () => onChoose(name) } }, words);
    }));
    this.panels = panels;
    roving(this.node, "[role=tab]");
  }

  /** Shows the panel of this tab, and no other. */
  choose(chosen) {
    for (const tab of this.node.children) {
      tab.setAttribute("aria-selected", String(tab.dataset.tab === chosen));
      tab.tabIndex = tab.dataset.tab === chosen ? 0 : -1;
    }
    for (const [name, [, panel]] of Object.entries(this.panels)) panel.hidden = name !== chosen;
  }

  focus(name) {
    this.node.querySelector(`[data-tab=${name}]`).focus();
  }
}
