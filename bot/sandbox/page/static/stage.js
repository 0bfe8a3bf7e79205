// Two people side by side; where there is room for one only, a switch between them.

import { attr, h } from "./dom.js";
import { realName, store } from "./store.js";
import { avatar } from "./pane/avatar.js";
import { Pane } from "./pane/pane.js";
import { placesOf } from "./pane/places.js";
import { beginReading, unreadOf } from "./pane/reads.js";

export class Stage {
  /** @param {HTMLElement} node */
  constructor(node) {
    this.node = node;
    /** Told when something else is before one's eyes. */
    this.onTurn = () => {};
    /** @type {Pane[]} */
    this.panes = [];
    this.shown = 0;
  }

  /** Everything anew: the first time, and when it is another workspace than before. */
  open() {
    beginReading();
    const [first, second = first] = store.people;
    const seats = this.panes.length ? this.panes.map((pane) => pane.who) : [first, second];
    const known = seats.map((who, at) => (store.users.has(who) ? who : store.people[at] || first));
    const channel = placesOf(first)[0]?.key;
    this.panes = known.map((who, at) => new Pane(who, at ? "app" : channel, () => { this.tell(); this.onTurn(); }));
    this.switches = this.panes.map((pane, at) => h("button", { type: "button", class: "switch", on: { click: () => this.turnTo(at) } }));
    this.bar = h("div", { class: "switches", role: "group", "aria-label": "Whose pane is shown" }, this.switches);
    this.node.replaceChildren(this.bar, ...this.panes.map((pane) => pane.node));
    this.turnTo(0);
  }

  turnTo(at) {
    this.shown = at;
    for (const [n, pane] of this.panes.entries()) pane.node.classList.toggle("shown", n === at);
    this.update(new Set(["snapshot"]), []);
    this.onTurn();
  }

  tell() {
    for (const [at, button] of this.switches.entries()) {
      const { who } = this.panes[at];
      const waiting = unreadOf(who);
      const shown = `${who} ${waiting}`;
      attr(button, "aria-pressed", String(at === this.shown));
      if (button.dataset.shown === shown) continue;
      button.dataset.shown = shown;
      button.replaceChildren(avatar(who, "tiny"), h("span", {}, realName(who)),
        waiting ? h("span", { class: "badge" }, String(waiting), h("span", { class: "unseen" }, " unread")) : "");
    }
  }

  /** @param {Set<string>} touched */
  update(touched, arrivals) {
    for (const pane of this.panes) pane.update(touched, arrivals);
    this.tell();
  }

  tick() {
    for (const pane of this.panes) pane.head.tick();
  }

  // --- for the story

  /** The pane of this person, if one of the two is. */
  paneOf(who) {
    return this.panes.find((pane) => pane.who === who);
  }

  /** Whether this place is open before one's eyes. */
  shows(who, channel) {
    const pane = this.paneOf(who);
    return Boolean(pane?.seen() && pane.place.channel === channel && pane.room.tab === "messages");
  }

  /** Goes to a person's pane, and to a place in it; their first channel where none is named. */
  visit(who, place) {
    const at = Math.max(0, this.panes.findIndex((pane) => pane.who === who));
    const pane = this.panes[at];
    if (pane.who !== who) pane.sit(who, place || "");
    this.turnTo(at);
    const wanted = placesOf(who).find((each) => each.key === place) || placesOf(who)[0];
    if (pane.place.key !== wanted.key || pane.room.tab !== "messages") pane.go(wanted);
    this.onTurn();
    return pane;
  }
}

