// What a menu offers: its own options, or the workspace's people, channels and conversations.

import { nameOf, store, title } from "../store.js";

/** @typedef {{value: string, words: string, more?: string, group?: string}} Choice */

/** @returns {Choice[]} */
export function choices(part, user) {
  const kind = part.type.replace(/^multi_/, "").replace(/_select$/, "");
  if (kind === "users") return people(user);
  if (kind === "channels") return channels(user, (c) => c.type === "public");
  if (kind === "conversations") return channels(user, (c) => c.type !== "im" || c.members.includes(user.id));
  const groups = part.option_groups || [{ options: part.options || [] }];
  return groups.flatMap((group) => group.options.map((option) => ({
    value: option.value, words: option.text.text, more: option.description?.text, group: group.label?.text,
  })));
}

function people(user) {
  return [...store.users.values()]
    .filter((each) => !each.deleted && each.id !== "USLACKBOT" && each.id !== store.bot)
    .map((each) => ({ value: each.id, words: nameOf(each.id), more: each.id === user.id ? "you" : each.real }))
    .sort((a, b) => a.words.localeCompare(b.words));
}

function channels(user, fits) {
  return [...store.channels.values()].filter((each) => !each.archived && fits(each))
    .filter((each) => each.type === "public" || each.members.includes(user.id))
    .map((each) => ({ value: each.id, words: `${each.type === "im" || each.type === "mpim" ? "" : "#"}${title(each, user.id)}` }));
}
