// A short guided story for who is here for the first time; each step is checked off when it really happened.

import { attr, h, say } from "./dom.js";
import { icon } from "./icons.js";
import { send } from "./send.js";
import { now, store } from "./store.js";
import { lineOf, STEPS } from "./story_steps.js";

const LAST = "That was a call, from the first ring to the last word in its thread. Now decline one in words, plan one for `tomorrow 9:30` and turn the clock, or break something.";

export class Story {
  /** @param {import("./stage.js").Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.chips = STEPS.map((step, at) => h("li", {}, h("span", { class: "step-mark", "aria-hidden": "true" }, icon("check"), String(at + 1)),
      h("span", { class: "step-name" }, step.name), h("span", { class: "unseen step-state" })));
    this.words = h("p", { class: "story-words", role: "status", "aria-live": "polite" });
    this.offer = h("button", { type: "button", class: "button primary", on: { click: () => this.help() } });
    this.again = h("button", { type: "button", class: "button quiet", on: { click: () => this.begin() } }, "Once more");
    this.node = h("section", { class: "story", "aria-label": "The guided story" },
      h("ol", { class: "story-steps" }, this.chips),
      h("div", { class: "story-now" }, this.words, this.offer, this.again,
        h("button", { type: "button", class: "quiet icon-button", "aria-label": "Close the story", on: { click: () => this.show(false) } }, icon("close"))));
    this.opener = h("button", { type: "button", class: "top-button", title: "The guided story", "aria-label": "The guided story", on: { click: () => this.show(this.node.hidden) } },
      icon("book"), h("span", { class: "wide" }, "Story"));
    this.begun = false;
  }

  /** Takes up the story where this tab had it, or begins. */
  start() {
    if (this.begun) return this.update();
    this.begun = true;
    const kept = JSON.parse(sessionStorage.getItem("story") || "null");
    if (kept?.born === store.born) Object.assign(this, { scene: kept.scene, done: kept.done });
    else this.begin();
    return this.show(localStorage.getItem("story") !== "closed", { kept: true });
  }

  begin() {
    const [caller, callee] = store.people;
    this.scene = { caller, callee, since: now() - 1 };
    this.done = 0;
    this.update();
  }

  show(open, { kept = false } = {}) {
    this.node.hidden = !open;
    this.opener.setAttribute("aria-expanded", String(open));
    if (!kept) localStorage.setItem("story", open ? "open" : "closed");
    this.update();
    if (!open && !kept) this.opener.focus();
  }

  update() {
    if (!this.scene?.callee) return;
    while (this.done < STEPS.length && STEPS[this.done].happened(this.scene, (who, channel) => this.stage.shows(who, channel))) this.done += 1;
    sessionStorage.setItem("story", JSON.stringify({ born: store.born, scene: this.scene, done: this.done }));
    for (const [at, chip] of this.chips.entries()) {
      chip.classList.toggle("done", at < this.done);
      attr(chip, "aria-current", at === this.done ? "step" : null);
      say(chip.querySelector(".step-state"), at < this.done ? " (done)" : "");
    }
    const step = STEPS[this.done];
    this.tell(step ? step.say(this.scene) : LAST);
    this.offer.hidden = !step?.offer;
    say(this.offer, step?.offer?.(this.scene) || "");
    this.again.hidden = Boolean(step) && this.done === 0;
    this.point(step);
  }

  tell(words) {
    if (this.told === words) return;
    this.told = words;
    const parts = words.split(/([`*])(.+?)\1/);
    this.words.replaceChildren(...parts.map((part, at) => [part, "", h(parts[at - 1] === "*" ? "strong" : "code", {}, part)][at % 3]));
  }

  /** The pane where the next step is done is marked. */
  point(step) {
    const wanted = !this.node.hidden && step?.who ? this.scene[step.who] : null;
    for (const pane of document.querySelectorAll(".pane")) pane.classList.toggle("next", Boolean(wanted) && this.stage.paneOf(wanted)?.node === pane);
  }

  /** Does what the offer says, and never the step itself. */
  help() {
    const { caller, callee } = this.scene;
    switch (this.done) {
      case 0: return this.typeIt(caller);
      case 1: return this.stage.visit(callee, "app");
      case 2: return this.showButton(callee, "Accept");
      case 4: return this.showButton(caller, "Join");
      case 5: return this.stage.visit(caller, null);
      default: return send("turn", { seconds: 60 });
    }
  }

  typeIt(caller) {
    const pane = this.stage.visit(caller, null);
    pane.room.composer.put(lineOf(this.scene));
  }

  /** To the newest button with these words. */
  showButton(who, words) {
    const pane = this.stage.visit(who, "app");
    const buttons = [...pane.main.querySelectorAll(".message .button")].filter((each) => each.textContent.startsWith(words));
    const button = buttons.at(-1);
    button?.scrollIntoView({ block: "center" });
    button?.focus();
    return button;
  }
}
