// Where a person types: Enter sends, and what is being typed is completed as they go.
// https://www.w3.org/WAI/ARIA/apg/patterns/combobox/examples/combobox-autocomplete-list/

import { attr, h, mint, say } from "../dom.js";
import { icon } from "../icons.js";
import { avatar } from "./avatar.js";
import { suggestions, usage } from "./suggest.js";

export class Composer {
  /**
   * @param {{label: string, who: string, onSend: (text: string) => Promise<any>}} given
   */
  constructor({ label, who, onSend }) {
    this.who = who;
    this.onSend = onSend;
    this.found = null;
    this.at = 0;
    this.last = "";
    this.list = h("ul", { role: "listbox", id: mint("suggest"), class: "suggest", "aria-label": "Suggestions", hidden: true });
    this.input = h("textarea", {
      class: "composer-text", rows: "1", "aria-label": label, placeholder: label, role: "combobox", "aria-autocomplete": "list",
      "aria-expanded": "false", "aria-controls": this.list.id, autocomplete: "off", spellcheck: "false",
      on: { input: () => this.typed(), keydown: (event) => this.key(event), click: () => this.look(),
        blur: () => setTimeout(() => this.hide(), 120) },
    });
    this.hint = h("p", { class: "usage", id: mint("usage"), hidden: true });
    this.input.setAttribute("aria-describedby", this.hint.id);
    this.button = h("button", { type: "button", class: "send", "aria-label": "Send", disabled: true, on: { click: () => this.send() } }, icon("send"));
    this.node = h("div", { class: "composer" }, this.list, this.hint, h("div", { class: "composer-box" }, this.input, this.button));
  }

  /** Puts a line there as if it had been typed. */
  put(text) {
    this.input.value = text;
    this.input.focus();
    this.typed();
    this.hide();
  }

  async send() {
    const text = this.input.value.trim();
    if (!text) return;
    this.last = text;
    this.input.value = "";
    this.typed();
    await this.onSend(text);
  }

  typed() {
    this.button.disabled = !this.input.value.trim();
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight, 160)}px`;
    const command = usage(this.input.value);
    this.hint.hidden = !command;
    if (command) say(this.hint, `${command.name} ${command.hint}`);
    this.look();
  }

  // --- suggestions

  look() {
    this.found = suggestions(this.input.value, this.input.selectionStart, this.who);
    this.at = 0;
    if (!this.found) {
      this.hide();
      return;
    }
    this.list.replaceChildren(...this.found.found.map((each, at) => h("li", {
      role: "option", id: `${this.list.id}-${at}`, class: "suggestion",
      on: { pointerdown: (event) => { event.preventDefault(); this.at = at; this.choose(); } },
    }, each.avatar ? avatar(each.avatar, "tiny") : "", h("strong", {}, each.words), h("span", {}, each.more))));
    this.list.hidden = false;
    this.mark();
  }

  mark() {
    for (const [at, node] of [...this.list.children].entries()) {
      attr(node, "aria-selected", String(at === this.at));
      if (at === this.at) node.scrollIntoView({ block: "nearest" });
    }
    attr(this.input, "aria-expanded", "true");
    attr(this.input, "aria-activedescendant", `${this.list.id}-${this.at}`);
  }

  hide() {
    this.found = null;
    this.list.hidden = true;
    attr(this.input, "aria-expanded", "false");
    attr(this.input, "aria-activedescendant", null);
  }

  choose() {
    const { from, found } = this.found;
    const chosen = found[this.at].insert;
    const { value, selectionStart } = this.input;
    const rest = value.slice(selectionStart).replace(/^ /, "");
    this.input.value = `${value.slice(0, from)}${chosen} ${rest}`;
    const caret = from + chosen.length + 1;
    this.input.setSelectionRange(caret, caret);
    this.input.focus();
    this.typed();
  }

  // --- keys

  key(event) {
    if (event.isComposing) return;
    if (this.found && this.keyInList(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.send();
    } else if (event.key === "ArrowUp" && !this.input.value && this.last) {
      event.preventDefault();
      this.put(this.last);
    }
  }

  keyInList(event) {
    const { length } = this.found.found;
    // A name typed to its end needs no choosing: Enter sends, as people expect who know what they type.
    const typed = this.input.value.slice(this.found.from, this.input.selectionStart);
    const whole = this.found.found[this.at].insert === typed;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      this.at = (this.at + (event.key === "ArrowDown" ? 1 : length - 1)) % length;
      this.mark();
    } else if (event.key === "Tab" || (event.key === "Enter" && !event.shiftKey && !whole)) this.choose();
    else if (event.key === "Escape") {
      event.stopPropagation();
      this.hide();
    } else return false;
    event.preventDefault();
    return true;
  }
}
