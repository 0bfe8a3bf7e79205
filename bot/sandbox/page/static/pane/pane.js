// One person at their desk: who it is, their places, what is open there, and the dialogs before them.

import { askFirst } from "../blocks/confirm.js";
import { h } from "../dom.js";
import { send } from "../send.js";
import { realName, store, visible } from "../store.js";
import { hueOf } from "./avatar.js";
import { Modals } from "./modal.js";
import { Notices } from "./notices.js";
import { Places, placesOf } from "./places.js";
import { markRead } from "./reads.js";
import { Room } from "./room.js";
import { Thread } from "./thread.js";
import { Who } from "./who.js";

const NARROW = "(max-width: 900px)";

export class Pane {
  /**
   * @param {string} who
   * @param {string} place  the key of the place it begins with
   * @param {(pane: Pane) => void} onChange  told when something else is open here, or someone else sits down
   */
  constructor(who, place, onChange) {
    this.onChange = onChange;
    this.node = h("section", { class: "pane" });
    this.sit(who, place);
  }

  /** Somebody takes this place: everything in it is theirs from now on. */
  sit(who, place) {
    this.who = who;
    this.user = store.users.get(who);
    this.layer = h("div", { class: "layer" });
    this.reader = { user: this.user, confirm: (dialog) => this.ask(dialog), openThread: (message) => this.openThread(message) };
    this.covered = 0;
    this.places = new Places(who, (each) => this.go(each), (channel) => this.goTo(channel));
    this.notices = new Notices(this.user, (channel) => this.goTo(channel));
    this.modals = new Modals(this.layer, this.user, this.reader.confirm, (busy) => this.cover(busy));
    this.head = new Who(this.user, (chosen) => this.change(chosen));
    this.main = h("div", { class: "pane-main" });
    this.desk = h("div", { class: "desk" }, this.places.node, this.main);
    this.node.setAttribute("aria-label", `${realName(who)}'s workspace`);
    this.node.dataset.hue = hueOf(who);
    this.node.dataset.who = this.user.name;
    this.node.replaceChildren(this.head.node, this.desk, this.notices.node, this.layer, this.notices.voice);
    this.thread = null;
    // Their direct message with the app is there from the first moment, as in a real workspace.
    send("talk", { who, with: [store.bot] }, { quiet: true });
    this.go(placesOf(who).find((each) => each.key === place) || placesOf(who)[0]);
    this.modals.show(store.modals.get(who) || []);
  }

  change(chosen) {
    this.sit(chosen, this.place.kind === "direct" ? "app" : this.place.key);
    this.head.focus();
    this.onChange(this);
  }

  // --- places

  go(place, tab = "messages") {
    const before = this.place;
    this.place = place;
    this.closeThread();
    this.room = new Room(this.reader, place, tab);
    this.main.replaceChildren(this.room.node);
    this.notices.clear(place.channel);
    this.update(new Set(["snapshot"]), []);
    if (before) this.onChange(this);
  }

  goTo(channel) {
    const place = placesOf(this.who).find((each) => each.channel === channel);
    this.waitingFor = place ? null : channel;
    if (!place) return;
    this.go(place);
    this.room.focus();
  }

  openThread(message) {
    this.closeThread();
    this.thread = new Thread(this.reader, message, () => this.closeThread());
    this.desk.append(this.thread.node);
    this.desk.classList.add("with-thread");
    this.thread.update();
    this.thread.composer.input.focus({ preventScroll: true });
  }

  closeThread() {
    if (!this.thread) return;
    const { ts } = this.thread.root;
    const had = this.thread.node.contains(document.activeElement);
    this.thread.node.remove();
    this.desk.classList.remove("with-thread");
    this.thread = null;
    if (had) this.main.querySelector(`[data-control="thread/${ts}"]`)?.focus();
  }

  // --- what changed

  /** @param {Set<string>} touched @param {import("../store.js").Message[]} arrivals */
  update(touched, arrivals) {
    if (this.waitingFor && store.channels.has(this.waitingFor)) this.goTo(this.waitingFor);
    const all = touched.has("snapshot") || touched.has("users") || touched.has("channels");
    // The app's direct message may have been made only now.
    this.place = placesOf(this.who).find((each) => each.key === this.place.key) || this.place;
    const here = this.place.channel;
    if (all || touched.has(`messages:${here}`) || touched.has(`home:${this.who}`)) {
      this.room.update(this.place);
      this.thread?.update();
    }
    if (here && this.room.tab === "messages" && this.seen()) markRead(here, this.who);
    if (all || [...touched].some((name) => name.startsWith("messages:"))) this.places.show(this.place.key);
    if (all || touched.has(`modals:${this.who}`)) this.modals.show(store.modals.get(this.who) || []);
    if (all) this.head.update(this.user);
    for (const message of arrivals) this.heard(message);
  }

  /** Whether this pane is on the screen: of two, a narrow window shows one. */
  seen() {
    return !this.node.hidden && getComputedStyle(this.node).display !== "none";
  }

  heard(message) {
    if (message.user === this.who || !visible(message.channel, this.who).includes(message)) return;
    const before = message.channel === this.place.channel && this.room.tab === "messages";
    this.notices.tell(message, before);
  }

  // --- dialogs

  ask(dialog) {
    return askFirst(this.layer, dialog, this.user, (busy) => this.cover(busy));
  }

  /** While a dialog is open, nothing under it can be reached. */
  cover(busy) {
    this.covered = Math.max(0, this.covered + (busy ? 1 : -1));
    for (const node of [this.head.node, this.desk, this.notices.node]) node.inert = this.covered > 0;
    // In a narrow window the dialog stands over everything; beside another pane it leaves that one in use.
    const alone = this.covered > 0 && matchMedia(NARROW).matches;
    for (const node of document.querySelectorAll(".top, .story, .switches, .drawer")) node.inert = alone;
  }
}
