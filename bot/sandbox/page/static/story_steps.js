// The steps of the guided story: what to do, and how one knows that it really happened.

import { appDm, realName, store, visible } from "./store.js";

/**
 * @typedef {{caller: string, callee: string, since: number}} Scene  who plays, and when it began by the shared clock
 * @typedef {{name: string, who: "caller"|"callee"|null, say: (scene: Scene) => string, offer?: (scene: Scene) => string,
 *   happened: (scene: Scene, shows: (who: string, channel: string) => boolean) => boolean}} Step
 */

/** @returns {import("./store.js").Call|undefined} the call of this story */
function callOf({ caller, callee, since }) {
  return [...store.calls.values()].findLast((call) => call.by === caller && call.members.includes(callee)
    && !call.starts_at && call.created_at >= since);
}

/** What the caller types. */
export function lineOf({ callee }) {
  return `${store.commands[0]?.name || "/ring"} @${store.users.get(callee)?.name} "Lunch?"`;
}

/** Whether it rings there, and before one's eyes. */
function isSeenRinging({ callee, since }, shows) {
  const dm = appDm(callee);
  return Boolean(dm) && shows(callee, dm.id) && visible(dm.id, callee).some((m) => m.user === store.bot && Number(m.ts) >= since);
}

const isIn = (scene, who) => Boolean(callOf(scene)?.in.includes(scene[who]));

/** @type {Step[]} */
export const STEPS = [
  {
    name: "Ring", who: "caller",
    say: (scene) => `As ${realName(scene.caller)}, type \`${lineOf(scene)}\` and press Enter.`,
    offer: () => "Type it for me",
    happened: (scene) => Boolean(callOf(scene)),
  },
  {
    name: "It rings", who: "callee",
    say: (scene) => `Watch ${realName(scene.callee)}'s pane: the call rings there, from the app.`,
    offer: (scene) => `Show ${realName(scene.callee)}'s messages`,
    happened: isSeenRinging,
  },
  {
    name: "Accept", who: "callee",
    say: (scene) => `As ${realName(scene.callee)}, press *Accept*. The page to join by opens in a new tab.`,
    offer: (scene) => `Show me where`,
    happened: (scene) => Boolean(callOf(scene)?.accepted.includes(scene.callee)) || isIn(scene, "callee"),
  },
  {
    name: "Join", who: "callee",
    say: (scene) => `In the new tab, join as ${realName(scene.callee)}, then come back here.`,
    happened: (scene) => isIn(scene, "callee"),
  },
  {
    name: "Come in", who: "caller",
    say: (scene) => `${realName(scene.caller)} has been called in: press *Join* in ${realName(scene.caller)}'s messages from the app, and join there too.`,
    offer: (scene) => `Show ${realName(scene.caller)}'s messages`,
    happened: (scene) => isIn(scene, "caller"),
  },
  {
    name: "Hang up", who: null,
    say: () => "*Leave* in both tabs. See who left in the thread of the call's message.",
    offer: () => "Show the thread's message",
    happened: (scene) => callOf(scene)?.in.length === 0,
  },
  {
    name: "It is over", who: null,
    say: () => "The call ends a while after the last one left. No need to wait: turn the clock.",
    offer: () => "Turn the clock a minute",
    happened: (scene) => Boolean(callOf(scene)?.ended),
  },
];
