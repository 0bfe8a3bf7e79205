// The messages of one place or one thread, oldest first; stays at the end while its reader is there.

import { h, match } from "../dom.js";
import { store } from "../store.js";
import { day } from "../text/dates.js";
import { changeMessage, makeMessage } from "./message.js";

const TOGETHER = 300;
/** Seconds within which one author's messages stand under one head. */

export class Messages {
  /** @param {import("./message.js").Reader} reader @param {string} label */
  constructor(reader, label) {
    this.reader = reader;
    this.list = h("ol", { class: "messages-list" });
    this.node = h("div", { class: "messages", role: "region", "aria-label": label, tabindex: "0" }, this.list);
    this.stuck = true;
    this.node.addEventListener("scroll", () => { this.stuck = this.toEnd() < 40; }, { passive: true });
    new ResizeObserver(() => this.keepAtEnd()).observe(this.node);
  }

  toEnd() {
    return this.node.scrollHeight - this.node.scrollTop - this.node.clientHeight;
  }

  /**
   * @param {import("../store.js").Message[]} shown
   * @param {Map<string, any[]>} replies  by the ts of what they reply to
   */
  show(shown, replies = new Map()) {
    const items = [];
    let before = null;
    for (const message of shown) {
      const date = day(Number(message.ts), this.reader.user.tz);
      if (!before || date !== before.date) items.push({ key: `day ${date}`, date });
      const follows = Boolean(before && before.date === date && together(before.message, message));
      items.push({ key: message.ts, message, follows, replies: replies.get(message.ts) || [] });
      before = { message, date };
    }
    match(this.list, items, (item) => item.key, (item) => this.make(item), (node, item) => {
      if (item.message) changeMessage(node, item, this.reader);
    });
    this.keepAtEnd();
  }

  make(item) {
    if (item.message) return makeMessage(item, this.reader);
    return h("li", { class: "day" }, h("span", {}, item.date));
  }

  keepAtEnd() {
    if (this.stuck) this.node.scrollTop = this.node.scrollHeight;
  }
}

function together(one, next) {
  const near = Number(next.ts) - Number(one.ts) < TOGETHER;
  return near && one.user === next.user && !one.only && !next.only && next.user !== store.bot;
}

/** The replies among these, by what they reply to. */
export function repliesOf(messages) {
  const found = new Map();
  for (const message of messages) {
    if (message.thread) found.set(message.thread, [...(found.get(message.thread) || []), message]);
  }
  return found;
}
