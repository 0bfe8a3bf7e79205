// Draws one message as its reader has it: who, when, what; and for whom alone, where that is so.

import { drawBlocks } from "../blocks/blocks.js";
import { attr, h, say } from "../dom.js";
import { icon } from "../icons.js";
import { send } from "../send.js";
import { nameOf, store } from "../store.js";
import { time } from "../text/dates.js";
import { mrkdwn } from "../text/mrkdwn.js";
import { avatar } from "./avatar.js";

/**
 * @typedef {{user: import("../store.js").User, confirm: (dialog: any) => Promise<boolean>,
 *   openThread: ((message: import("../store.js").Message) => void) | null}} Reader
 */

const SHOWN = new WeakMap();

/** @param {{message: import("../store.js").Message, replies: any[], follows: boolean}} item */
export function makeMessage(item, reader) {
  const body = h("div", { class: "message-body" });
  const node = h("li", { class: "message", data: { message: item.message.ts }, tabindex: "-1" },
    h("div", { class: "message-side" }), h("div", { class: "message-main" },
      h("div", { class: "message-head" }), body, h("p", { class: "trouble", role: "alert" }), h("div", { class: "message-foot" })));
  changeMessage(node, item, reader);
  return node;
}

export function changeMessage(node, item, reader) {
  const { message, replies, follows } = item;
  const before = SHOWN.get(node);
  const last = replies.at(-1)?.ts;
  if (before?.message === message && before.last === last && before.count === replies.length && before.follows === follows) return;
  SHOWN.set(node, { message, last, count: replies.length, follows });
  node.classList.toggle("only", Boolean(message.only));
  node.classList.toggle("follows", follows);
  drawHead(node, message, reader, follows);
  if (before?.message !== message) drawBody(node, message, reader);
  say(node.querySelector(".trouble"), message.trouble[reader.user.id] ? `The app did not answer: ${message.trouble[reader.user.id]}` : "");
  drawFoot(node, message, replies, reader);
}

function drawHead(node, message, reader, follows) {
  const author = store.users.get(message.user);
  node.querySelector(".message-side").replaceChildren(follows ? "" : avatar(message.user));
  node.querySelector(".message-head").replaceChildren(
    h("strong", { class: follows ? "unseen" : "" }, nameOf(message.user)),
    author?.bot && !follows ? h("span", { class: "tag" }, "app") : "",
    h("time", {}, time(Number(message.ts), reader.user)),
    message.edited ? h("span", { class: "edited" }, "edited") : "",
    message.only ? h("span", { class: "only-you" }, icon("eye"), "Only visible to you") : "");
}

function drawBody(node, message, reader) {
  const body = node.querySelector(".message-body");
  attr(body, "class", message.tombstone ? "message-body tombstone" : "message-body");
  if (message.blocks.length) {
    if (body.firstChild?.nodeType === Node.TEXT_NODE || body.querySelector(":scope > .said")) body.replaceChildren();
    drawBlocks(body, message.blocks, scene(message, reader));
  } else body.replaceChildren(h("div", { class: "said" }, mrkdwn(message.text, reader.user)));
}

function scene(message, reader) {
  const where = { who: reader.user.id, channel: message.channel, ts: message.ts };
  return {
    user: reader.user,
    confirm: reader.confirm,
    use: (block, element, value) => send("use", { ...where, block: block.block_id, action: element.action_id, value }),
    value: (block, element) => firstValue(element),
    error: () => undefined,
  };
}

/** What an element holds at first; in a message nobody keeps more of it than its own node. */
function firstValue(element) {
  const name = Object.keys(element).find((key) => key.startsWith("initial_"));
  return name ? element[name] : null;
}

function drawFoot(node, message, replies, reader) {
  const foot = node.querySelector(".message-foot");
  const can = reader.openThread && !message.only && !message.tombstone;
  const shown = `${replies.length} ${replies.at(-1)?.ts} ${Boolean(can)}`;
  if (foot.dataset.shown === shown) return;
  foot.dataset.shown = shown;
  if (!can) foot.replaceChildren();
  else foot.replaceChildren(threadButton(message, replies, reader));
}

function threadButton(message, replies, reader) {
  const many = replies.length === 1 ? "1 reply" : `${replies.length} replies`;
  const label = replies.length
    ? [icon("thread"), h("span", {}, many), h("span", { class: "last" }, `last at ${time(Number(replies.at(-1).ts), reader.user)}`)]
    : [icon("thread")];
  const offer = replies.length ? null : "Reply in thread";
  return h("button", {
    type: "button", "aria-label": offer, title: offer, class: replies.length ? "thread-link" : "thread-link offer", data: { control: `thread/${message.ts}` },
    on: { click: () => reader.openThread(message) },
  }, label);
}
