// How far each person has read each place, for as long as this tab is open.

import { store, visible } from "../store.js";

/** @type {Record<string, string>} by `person channel`: the last ts read */
let read = {};

/** A new workspace begins with everything read. */
export function beginReading() {
  const kept = JSON.parse(sessionStorage.getItem("reads") || "null");
  if (kept?.born === store.born) {
    read = kept.read;
    return;
  }
  read = {};
  for (const person of store.people) for (const channel of store.channels.keys()) markRead(channel, person);
}

export function markRead(channel, who) {
  const last = visible(channel, who).at(-1)?.ts;
  const key = `${who} ${channel}`;
  if (!last || read[key] === last) return;
  read[key] = last;
  sessionStorage.setItem("reads", JSON.stringify({ born: store.born, read }));
}

/** How many messages wait there to be read; replies in threads wait in their thread. */
export function unread(channel, who) {
  const last = Number(read[`${who} ${channel}`] || 0);
  return visible(channel, who).filter((m) => Number(m.ts) > last && m.user !== who && (!m.thread || m.broadcast)).length;
}

/** In all places together. */
export function unreadOf(who) {
  return [...store.channels.keys()].reduce((sum, channel) => sum + unread(channel, who), 0);
}
