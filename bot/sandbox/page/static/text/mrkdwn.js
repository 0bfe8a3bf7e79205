// Turns Slack's mrkdwn into nodes, as one person reads it: names for mentions, their own time for dates.
// https://docs.slack.dev/messaging/formatting-message-text

import { h } from "../dom.js";
import { nameOf, now, store } from "../store.js";
import { formatted } from "./dates.js";
import { withEmoji, withoutEmoji } from "./emoji.js";

const CODE = /(```[\s\S]*?```|`[^`\n]+`)/;
const ANGLED = /<([^<>\n]+)>/g;
const MARKED = /(?<![\w*_~])([*_~])(?=\S)([\s\S]*?\S)\1(?![\w*_~])/;
const TAGS = { "*": "strong", _: "em", "~": "s" };
const HELD = /\uE000(\d+)\uE001/;

/** @returns {Node[]} */
export function mrkdwn(text, user) {
  return text.split(CODE).flatMap((part, at) => (at % 2 ? code(part) : quotes(part, user)));
}

/** Text without any markup but emoji. */
export function plain(text) {
  return withEmoji(unescape(text));
}

/** All of it in words, for notices and screen readers. */
export function words(text, user) {
  const holder = h("span", {}, mrkdwn(withoutEmoji(text), user));
  return holder.textContent || "";
}

function unescape(text) {
  return String(text).replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

function code(part) {
  const block = part.startsWith("```");
  const inside = unescape(part.slice(block ? 3 : 1, block ? -3 : -1).replace(/^\n/, ""));
  return [block ? h("pre", {}, h("code", {}, inside)) : h("code", {}, inside)];
}

function quotes(text, user) {
  const lines = text.split("\n");
  const nodes = [];
  for (let at = 0; at < lines.length; ) {
    const quoted = /^(&gt;|>) ?/.test(lines[at]);
    const from = at;
    while (at < lines.length && /^(&gt;|>) ?/.test(lines[at]) === quoted) at += 1;
    const run = lines.slice(from, at).map((line) => (quoted ? line.replace(/^(&gt;|>) ?/, "") : line)).join("\n");
    if (quoted) nodes.push(h("blockquote", {}, prose(run, user)));
    else nodes.push(...prose(run + (at < lines.length ? "" : ""), user));
  }
  return nodes;
}

/** Mentions, dates and links are set aside first, so that *<@U1>* is a bold mention. */
function prose(text, user) {
  const held = [];
  const kept = text.replace(ANGLED, (_, inside) => `\uE000${held.push(angled(inside, user)) - 1}\uE001`);
  return marked(kept, held);
}

function marked(text, held) {
  const found = MARKED.exec(text);
  if (!found) return leaves(text, held);
  return [
    ...leaves(text.slice(0, found.index), held),
    h(TAGS[found[1]], {}, marked(found[2], held)),
    ...marked(text.slice(found.index + found[0].length), held),
  ];
}

function leaves(text, held) {
  return text.split(HELD).flatMap((part, at) => {
    if (at % 2) return [held[Number(part)]];
    return part.split("\n").flatMap((line, n) => [...(n ? [h("br")] : []), ...withEmoji(unescape(line))]);
  });
}

function angled(inside, user) {
  const [body, ...rest] = inside.split("|");
  const label = rest.join("|");
  if (body.startsWith("@")) return mention(body.slice(1), user, label);
  if (body.startsWith("#")) return channelName(body.slice(1), user, label);
  if (body.startsWith("!")) return special(body.slice(1), label, user);
  return link(body, unescape(label || body.replace(/^mailto:/, "")));
}

export function mention(id, user, label = "") {
  const name = store.users.has(id) ? nameOf(id) : label || id;
  return h("span", { class: id === user.id ? "mention me" : "mention" }, `@${name}`);
}

export function channelName(id, user, label = "") {
  const channel = store.channels.get(id);
  const hidden = channel && channel.type !== "public" && !channel.members.includes(user.id);
  return h("span", { class: "mention" }, hidden ? "private channel" : `#${channel?.name || label || id}`);
}

export function link(url, label) {
  const safe = /^(https?|mailto):/i.test(url);
  return safe ? h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, label) : label;
}

function special(body, label, user) {
  const [name, ...rest] = body.split("^");
  if (name === "subteam") return groupName(rest[0], label);
  if (name === "date") {
    const words = formatted(Number(rest[0]), rest[1] || "", label, user, now());
    return rest[2] ? link(rest[2], words) : h("time", { title: label }, words);
  }
  return h("span", { class: "mention me" }, `@${name}`);
}

export function groupName(id, label = "") {
  const group = store.groups.find((each) => each.id === id);
  return h("span", { class: "mention" }, group ? `@${group.handle}` : label || id);
}
