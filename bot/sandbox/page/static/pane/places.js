// The list of places of one person: channels, the app, and who they talk with, with what waits there.

import { attr, h, match, roving, say } from "../dom.js";
import { icon } from "../icons.js";
import { appDm, nameOf, realName, store, title } from "../store.js";
import { avatar } from "./avatar.js";
import { newMessage } from "./new_message.js";
import { unread } from "./reads.js";

/** @typedef {{key: string, kind: "channel"|"app"|"direct", channel: string|null, words: string, mark: string, open?: boolean}} Place
 * `open`: a channel they are not in and can join. */

/** @returns {Place[]} */
export function placesOf(who) {
  const mine = [...store.channels.values()].filter((channel) => channel.members.includes(who));
  const channels = mine.filter((c) => c.type === "public" || c.type === "private").map((c) => place("channel", c, who));
  const open = [...store.channels.values()].filter((c) => c.type === "public" && !c.archived && !c.members.includes(who));
  const app = appDm(who);
  const directs = mine.filter((c) => (c.type === "im" || c.type === "mpim") && c.id !== app?.id).map((c) => place("direct", c, who));
  return [...channels, ...open.map((c) => ({ ...place("channel", c, who), open: true })), { key: "app", kind: "app", channel: app?.id || null, words: nameOf(store.bot), mark: store.bot }, ...directs];
}

function place(kind, channel, who) {
  const other = channel.members.find((member) => member !== who) || who;
  return { key: channel.id, kind, channel: channel.id, words: title(channel, who), mark: kind === "channel" ? channel.type : other };
}

const HEADS = { channel: "Channels", app: "Apps", direct: "Direct messages" };

export class Places {
  /** @param {string} who @param {(place: Place) => void} onGo @param {(channel: string) => void} onTalk */
  constructor(who, onGo, onTalk) {
    this.who = who;
    this.onGo = onGo;
    this.list = h("ul", { class: "places-list" });
    this.node = h("nav", { class: "places", "aria-label": `${realName(who)}'s places` }, this.list, newMessage(who, onTalk));
    this.rest = roving(this.list, "button");
  }

  /** @param {string} current  the key of the place that is open */
  show(current) {
    const places = placesOf(this.who);
    const items = places.flatMap((each, at) => (each.kind === places[at - 1]?.kind ? [each] : [{ key: `head ${each.kind}`, head: HEADS[each.kind] }, each]));
    match(this.list, items, (item) => item.key, (item) => this.make(item), (node, item) => this.change(node, item));
    for (const button of this.list.querySelectorAll("button")) attr(button, "aria-current", button.dataset.place === current ? "page" : null);
    this.rest();
  }

  make(item) {
    if (item.head) return h("li", { class: "places-head" }, item.head);
    const mark = item.kind === "channel" ? (item.mark === "private" ? icon("lock") : h("span", { class: "hash", "aria-hidden": "true" }, "#")) : avatar(item.mark, "tiny");
    const button = h("button", { type: "button", class: "place", data: { place: item.key } },
      mark, h("span", { class: "place-name" }, item.words), h("span", { class: "badge", hidden: true }));
    const node = h("li", {}, button);
    button.addEventListener("click", () => this.onGo(placesOf(this.who).find((each) => each.key === item.key)));
    this.change(node, item);
    return node;
  }

  change(node, item) {
    if (item.head) return;
    const waiting = item.channel ? unread(item.channel, this.who) : 0;
    const badge = node.querySelector(".badge");
    say(node.querySelector(".place-name"), item.words);
    node.firstElementChild.classList.toggle("open-to", Boolean(item.open));
    badge.hidden = !waiting;
    badge.replaceChildren(waiting ? String(waiting) : "", h("span", { class: "unseen" }, " unread"));
    node.firstElementChild.classList.toggle("unread", waiting > 0);
  }
}
