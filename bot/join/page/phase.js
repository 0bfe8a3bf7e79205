// What there is to show, told from how the call stands. Nothing here does anything.

const INSIDE = ["joined", "reconnecting", "migrating", "reconnecting-failed", "offline"];

/**
 * @param {ReturnType<import("./sdk.js").look>} now
 * @param {{rings: boolean, rungAgain: boolean, over: string}} known
 * @returns {"ended" | "inside" | "joining" | "left" | "incoming" | "waiting" | "lobby"}
 */
export function phase(now, known) {
  if (now.ended || known.over) return "ended";
  if (INSIDE.includes(now.callingState)) return "inside";
  if (now.callingState === "joining") return "joining";
  if (now.callingState === "left") return "left";
  if (known.rungAgain) return "incoming";
  return now.isCaller && known.rings && !isTaken(now) ? "waiting" : "lobby";
}

/** Somebody else has accepted, or is in. */
export const isTaken = (now) => now.callees.some(({ id }) => now.accepted.has(id))
  || now.people.some(({ userId, isMe }) => !isMe && userId !== now.caller.id);

/** What one callee does about the ring. */
export function answer(now, id) {
  if (now.people.some(({ userId }) => userId === id)) return "in the call";
  if (now.accepted.has(id)) return "accepted";
  if (now.rejected.has(id)) return "declined";
  if (now.missed.has(id)) return "did not answer";
  return "ringing";
}

/** How it ended, as far as can be told. */
export function ending(now, known, me) {
  if (known.endedBy) return known.endedBy.id === me ? "You ended it for all." : `${known.endedBy.name} ended it for all.`;
  if (now.rejected.has(now.caller.id)) return now.isCaller ? "You cancelled it." : `${now.caller.name} cancelled it.`;
  if (known.over) return known.over;
  const taken = now.accepted.size > 0 || now.startedAt;
  if (taken || now.callees.length === 0) return "It is over for everybody.";
  const declined = now.callees.filter(({ id }) => now.rejected.has(id));
  if (declined.length === now.callees.length) return declined.length === 1 ? `${declined[0].name} declined.` : "Everybody declined.";
  return "Nobody answered in time.";
}

/** "Ana", "Ana and Ben", "Ana, Ben and 3 more". */
export function people(names) {
  if (names.length < 3) return names.join(" and ");
  return `${names.slice(0, 2).join(", ")} and ${names.length - 2} more`;
}

/** What the call is called: its topic, else who is in it. */
export function title(now) {
  if (now.topic) return now.topic;
  return now.isCaller ? `Call with ${people(now.callees.map(({ name }) => name)) || "nobody yet"}` : `${now.caller.name}’s call`;
}
