// Says what came while its reader looked elsewhere in their pane: a card to press, and a sentence for screen readers.

import { h, say } from "../dom.js";
import { icon } from "../icons.js";
import { nameOf, store, title } from "../store.js";
import { withoutEmoji } from "../text/emoji.js";
import { words } from "../text/mrkdwn.js";
import { avatar } from "./avatar.js";

const STAYS = 7000;
const MOST = 2;

export class Notices {
  /** @param {import("../store.js").User} user @param {(channel: string) => void} onGo */
  constructor(user, onGo) {
    this.user = user;
    this.onGo = onGo;
    this.node = h("div", { class: "notices" });
    this.voice = h("p", { class: "unseen", role: "status", "aria-live": "polite" });
  }

  /** @param {import("../store.js").Message} message @param {boolean} before  whether it is before their eyes anyway */
  tell(message, before) {
    const said = words(message.text, this.user);
    const channel = store.channels.get(message.channel);
    const where = channel && channel.type !== "im" ? ` in ${title(channel, this.user.id)}` : "";
    say(this.voice, `${nameOf(message.user)} to ${this.user.shown}${where}: ${said}`);
    if (!before && !message.thread && this.isForThem(message, channel)) this.card(message, withoutEmoji(said));
  }

  /** As a phone would buzz: for what is said to them, or asks for them by name. The rest is counted in the list. */
  isForThem(message, channel) {
    if (channel?.type === "im" || channel?.type === "mpim" || message.only) return true;
    return message.user !== store.bot && message.text.includes(`<@${this.user.id}`);
  }

  /** What is open now needs no card any more. */
  clear(channel) {
    for (const node of this.node.querySelectorAll(`[data-channel="${channel}"]`)) node.remove();
  }

  card(message, said) {
    const node = h("div", { class: "notice", data: { channel: message.channel } },
      h("button", { type: "button", class: "notice-go", on: { click: () => { node.remove(); this.onGo(message.channel); } } },
        avatar(message.user), h("span", {}, h("strong", {}, nameOf(message.user)), h("span", {}, said))),
      h("button", { type: "button", class: "quiet icon-button", "aria-label": "Dismiss", on: { click: () => node.remove() } }, icon("close")));
    this.node.append(node);
    while (this.node.children.length > MOST) this.node.firstElementChild.remove();
    setTimeout(() => node.remove(), STAYS);
  }
}
