// What can be meant by what is being typed: commands after a /, people after an @, channels after a #.

import { nameOf, store } from "../store.js";

/** @typedef {{insert: string, words: string, more: string, avatar?: string}} Suggestion */

const MOST = 8;

/**
 * @param {string} text
 * @param {number} caret
 * @param {string} who
 * @returns {{from: number, found: Suggestion[]} | null}
 */
export function suggestions(text, caret, who) {
  const typed = text.slice(0, caret);
  const sign = /(?:^|[\s("])([@#])([\p{L}\p{N}._-]*)$/u.exec(typed);
  if (/^\/\S*$/.test(typed)) return answer(0, commands(typed));
  if (!sign) return null;
  const wanted = sign[2].toLowerCase();
  const from = caret - sign[2].length - 1;
  return answer(from, sign[1] === "@" ? people(wanted, who) : channels(wanted, who));
}

function answer(from, found) {
  return found.length ? { from, found: found.slice(0, MOST) } : null;
}

/** The hint for the command that a line begins with. */
export function usage(text) {
  return store.commands.find((command) => text === command.name || text.startsWith(`${command.name} `));
}

function commands(typed) {
  return store.commands.filter((command) => command.name.startsWith(typed.toLowerCase()))
    .map((command) => ({ insert: command.name, words: command.name, more: command.hint, avatar: store.bot }));
}

function people(wanted, who) {
  const users = [...store.users.values()].filter((user) => !user.deleted && user.id !== "USLACKBOT")
    .sort((a, b) => Number(a.bot) - Number(b.bot))
    .map((user) => ({ insert: `@${user.name}`, words: nameOf(user.id), more: user.id === who ? "you" : user.real, avatar: user.id }));
  const groups = store.groups.filter((group) => !group.disabled)
    .map((group) => ({ insert: `@${group.handle}`, words: group.handle, more: `group of ${group.users.length}` }));
  const all = [...users.filter((user) => user.more !== "you"), ...groups, ...users.filter((user) => user.more === "you")];
  return all.filter((each) => `${each.words} ${each.insert.slice(1)} ${each.more}`.toLowerCase().split(/\s+/).some((part) => part.startsWith(wanted)));
}

function channels(wanted, who) {
  return [...store.channels.values()]
    .filter((each) => each.type === "public" || (each.type === "private" && each.members.includes(who)))
    .filter((each) => !each.archived && each.name.startsWith(wanted))
    .map((each) => ({ insert: `#${each.name}`, words: `#${each.name}`, more: `${each.members.length} people` }));
}
