// Menus to choose one or several from, by pointer or keyboard, with a filter where the list is long.
// https://www.w3.org/WAI/ARIA/apg/patterns/combobox/

import { attr, h, mint, say } from "../dom.js";
import { icon } from "../icons.js";
import { valuesOf } from "./boxes.js";
import { choices } from "./choices.js";
import { controlName, holds, useHeld } from "./held.js";
import { popup } from "./popup.js";

const FILTERED_FROM = 8;

export function selectMenu(block, part, scene) {
  return new Menu(block, part, scene).node;
}

class Menu {
  constructor(block, part, scene) {
    Object.assign(this, { block, part, scene });
    this.several = part.type.startsWith("multi_");
    this.inForm = block.type === "input";
    this.chosen = valuesOf(scene.value(block, part));
    this.active = 0;
    this.shown = [];
    this.words = h("span", { class: "chosen", id: mint("chosen") });
    const hint = part.placeholder?.text || (this.several ? "Choose…" : "Choose one…");
    this.hint = hint;
    this.button = h("button", {
      type: "button", class: "button menu-button", role: "combobox", "aria-haspopup": "listbox", "aria-expanded": "false",
      "aria-label": this.inForm ? null : hint, data: { control: controlName(block, part) },
      on: { click: () => this.toggle(), keydown: (event) => this.keyOnButton(event) },
    }, this.words, icon("down"));
    this.filter = h("input", {
      class: "typed filter", type: "text", "aria-label": "Filter", autocomplete: "off", placeholder: "Type a name…",
      on: { input: () => this.fill(), keydown: (event) => this.key(event) },
    });
    this.list = h("ul", {
      role: "listbox", id: mint("list"), class: "options", tabindex: "-1", "aria-label": block.label?.text || hint,
      "aria-multiselectable": this.several ? "true" : null, on: { keydown: (event) => this.key(event) },
    });
    this.popup = popup(this.button, h("div", { class: "menu-box" }, this.filter, this.list), { onClose: () => this.closed() });
    this.node = holds(h("span", { class: "menu" }, this.button),
      { get: () => this.held(), set: (value) => { this.chosen = valuesOf(value); this.tell(); } });
    this.tell();
  }

  held() {
    return this.several ? [...this.chosen] : this.chosen[0] ?? null;
  }

  /** What the closed menu says. */
  tell() {
    const names = new Map(choices(this.part, this.scene.user).map((choice) => [choice.value, choice.words]));
    const said = this.chosen.map((value) => names.get(value) || value).join(", ");
    say(this.words, said || this.hint);
    this.words.classList.toggle("none", !said);
  }

  toggle() {
    if (this.popup.isOpen()) this.popup.close();
    else this.open();
  }

  open() {
    this.before = JSON.stringify(this.held());
    this.filter.value = "";
    const all = choices(this.part, this.scene.user);
    this.filter.hidden = all.length < FILTERED_FROM && !this.part.type.includes("users");
    this.fill();
    this.active = Math.max(0, this.shown.findIndex((choice) => this.chosen.includes(choice.value)));
    this.popup.open();
    this.button.setAttribute("aria-expanded", "true");
    this.button.setAttribute("aria-controls", this.list.id);
    this.mark();
    (this.filter.hidden ? this.list : this.filter).focus();
  }

  closed() {
    this.button.setAttribute("aria-expanded", "false");
    // A menu of several in a message is used when it is put away, as in Slack.
    if (this.several && !this.inForm && JSON.stringify(this.held()) !== this.before) this.use();
  }

  async use() {
    if (await useHeld(this.scene, this.block, this.part, this.held())) return;
    this.chosen = JSON.parse(this.before ?? "[]") ? [JSON.parse(this.before)].flat() : [];
    this.tell();
  }

  // --- the open list

  fill() {
    const wanted = this.filter.value.trim().replace(/^[@#]/, "").toLowerCase();
    this.shown = choices(this.part, this.scene.user).filter((choice) => `${choice.words} ${choice.more || ""}`.toLowerCase().includes(wanted));
    this.active = 0;
    let group;
    this.list.replaceChildren(...this.shown.flatMap((choice, at) => {
      const head = choice.group && choice.group !== group ? [h("li", { role: "presentation", class: "group" }, choice.group)] : [];
      group = choice.group;
      return [...head, this.option(choice, at)];
    }));
    if (!this.shown.length) this.list.append(h("li", { role: "presentation", class: "group" }, "Nothing by that name"));
    this.mark();
    if (this.popup.isOpen()) this.popup.place();
  }

  option(choice, at) {
    return h("li", {
      role: "option", id: `${this.list.id}-${at}`, class: "option", data: { at: String(at) },
      on: { click: () => this.choose(at), pointermove: () => { if (this.active !== at) { this.active = at; this.mark(); } } },
    }, h("span", {}, choice.words), choice.more && h("small", {}, choice.more), icon("check"));
  }

  mark() {
    for (const node of this.list.querySelectorAll("[role=option]")) {
      const at = Number(node.dataset.at);
      attr(node, "aria-selected", String(this.chosen.includes(this.shown[at]?.value)));
      node.classList.toggle("active", at === this.active);
      if (at === this.active) node.scrollIntoView({ block: "nearest" });
    }
    const id = this.shown.length ? `${this.list.id}-${this.active}` : null;
    attr(this.list, "aria-activedescendant", id);
    attr(this.filter, "aria-activedescendant", id);
  }

  choose(at) {
    const choice = this.shown[at];
    if (!choice) return;
    if (this.several) this.chooseMore(choice);
    else {
      this.chosen = [choice.value];
      this.tell();
      this.popup.close();
      this.use();
    }
  }

  chooseMore({ value }) {
    const has = this.chosen.includes(value);
    this.chosen = has ? this.chosen.filter((each) => each !== value) : [...this.chosen, value];
    this.tell();
    this.mark();
    this.filter.select();
    if (this.inForm) this.use();
  }

  // --- keys

  keyOnButton(event) {
    if (!["ArrowDown", "ArrowUp"].includes(event.key) || this.popup.isOpen()) return;
    event.preventDefault();
    this.open();
  }

  key(event) {
    const most = this.shown.length - 1;
    const typing = event.currentTarget === this.filter;
    const to = { ArrowDown: Math.min(this.active + 1, most), ArrowUp: Math.max(this.active - 1, 0),
      ...(typing ? {} : { Home: 0, End: most }) }[event.key];
    if (to !== undefined) this.active = to;
    else if (event.key === "Enter" || (event.key === " " && !typing)) this.choose(this.active);
    else if (event.key === "Tab") this.popup.close();
    else if (!typing && event.key.length === 1) this.jump(event.key);
    else return;
    if (event.key !== "Tab") event.preventDefault();
    if (event.key !== "Enter") this.mark();
  }

  /** To the next option that begins with this letter. */
  jump(letter) {
    const from = this.active + 1;
    const order = [...this.shown.keys()].map((at) => (at + from) % this.shown.length);
    this.active = order.find((at) => this.shown[at].words.toLowerCase().startsWith(letter.toLowerCase())) ?? this.active;
  }
}
