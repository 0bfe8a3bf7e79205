// What the page knows of the workspace; listeners hear, once for many changes, which parts of it are new.

/**
 * @typedef {{id: string, name: string, shown: string, real: string, tz: string, hours24: boolean, bot: boolean,
 *   deleted: boolean, guest: boolean}} User
 * @typedef {{id: string, name: string, type: "public"|"private"|"im"|"mpim", members: string[], archived: boolean}} Channel
 * @typedef {{channel: string, ts: string, user: string, text: string, blocks: any[], thread: string|null,
 *   broadcast: boolean, only: string|null, edited: string|null, gone: boolean, tombstone: boolean,
 *   trouble: Record<string, string>}} Message
 * @typedef {{id: string, user: string, type: string, title: string, submit: string, close: string, blocks: any[],
 *   values: Record<string, Record<string, any>>, errors: Record<string, string>, trouble: string}} View
 * @typedef {{cid: string, topic: string, by: string, created_at: number, starts_at: number|null, ended: boolean,
 *   members: string[], accepted: string[], in: string[]}} Call
 */

export const store = {
  born: "", team: "", bot: "",
  /** @type {string[]} */ people: [],
  /** @type {Map<string, User>} */ users: new Map(),
  /** @type {any[]} */ groups: [],
  /** @type {Map<string, Channel>} */ channels: new Map(),
  /** @type {Map<string, Message[]>} */ messages: new Map(),
  /** @type {Map<string, View>} */ homes: new Map(),
  /** @type {Map<string, View[]>} */ modals: new Map(),
  /** @type {Map<string, Call>} */ calls: new Map(),
  /** @type {{name: string, hint: string}[]} */ commands: [],
  /** @type {Map<number, any>} */ log: new Map(),
  clock: { now: 0, speed: 1, next: null, heard: 0 },
  trouble: { planned: [], struck: 0, last: "", running: true },
};

const listeners = new Set();
const touched = new Set();
const arrivals = [];
let waiting = 0;

/** @param {(touched: Set<string>, arrivals: Message[]) => void} listener  hears names such as `messages:C0SUPPORT` */
export function listen(listener) {
  listeners.add(listener);
}

function touch(name) {
  touched.add(name);
  // Not requestAnimationFrame: a page in the background has to keep up too.
  waiting ||= setTimeout(flush, 16);
}

function flush() {
  waiting = 0;
  const names = new Set(touched);
  const came = arrivals.splice(0);
  touched.clear();
  for (const listener of listeners) listener(names, came);
}

/** Takes in one change as the feed tells it. */
export function take(change) {
  TAKES[change.kind]?.(change);
}

const TAKES = {
  snapshot(all) {
    const { born, team, bot, people, groups, commands } = all;
    Object.assign(store, { born, team, bot, people, groups, commands });
    store.users = new Map(all.users.map((user) => [user.id, user]));
    store.channels = new Map(all.channels.map((channel) => [channel.id, channel]));
    store.messages = new Map();
    for (const message of all.messages) listOf(message.channel).push(message);
    store.homes = new Map(all.homes.map((view) => [view.user, view]));
    store.modals = new Map(Object.entries(all.modals));
    store.calls = new Map(all.calls.map((call) => [call.cid, call]));
    store.log = new Map(all.log.map((entry) => [entry.n, entry]));
    store.trouble = all.trouble;
    setClock(all.clock);
    touch("snapshot");
  },
  message({ message }) {
    const list = listOf(message.channel);
    const at = list.findLastIndex((each) => each.ts === message.ts);
    if (at >= 0) list[at] = message;
    else {
      insert(list, message);
      arrivals.push(message);
    }
    touch(`messages:${message.channel}`);
  },
  channel({ channel }) {
    store.channels.set(channel.id, channel);
    touch("channels");
  },
  user({ user, people }) {
    store.users.set(user.id, user);
    store.people = people;
    touch("users");
  },
  groups({ groups }) {
    store.groups = groups;
  },
  modals({ user, views }) {
    store.modals.set(user, views);
    touch(`modals:${user}`);
  },
  home({ view }) {
    store.homes.set(view.user, view);
    touch(`home:${view.user}`);
  },
  call({ call }) {
    store.calls.set(call.cid, call);
    touch("calls");
  },
  log({ entries }) {
    for (const entry of entries) store.log.set(entry.n, entry);
    touch("log");
  },
  clock({ clock }) {
    setClock(clock);
    touch("clock");
  },
  trouble({ trouble }) {
    store.trouble = trouble;
    touch("trouble");
  },
};

function listOf(channel) {
  if (!store.messages.has(channel)) store.messages.set(channel, []);
  return /** @type {Message[]} */ (store.messages.get(channel));
}

/** Where it belongs by its time: nearly always the end. */
function insert(list, message) {
  let at = list.length;
  while (at && Number(list[at - 1].ts) > Number(message.ts)) at -= 1;
  list.splice(at, 0, message);
}

function setClock(clock) {
  store.clock = { ...clock, heard: performance.now() };
}

// --- questions

/** The shared clock's time, in seconds. */
export function now() {
  const { now: at, speed, heard } = store.clock;
  return at + (speed * (performance.now() - heard)) / 1000;
}

/** What this person sees in a channel, oldest first. */
export function visible(channel, who) {
  const seen = store.channels.get(channel)?.members.includes(who);
  return seen ? (store.messages.get(channel) || []).filter((m) => !m.gone && (!m.only || m.only === who)) : [];
}

/** Someone's direct message with the app, where there is one by now. */
export function appDm(who) {
  return [...store.channels.values()].find(
    (c) => c.type === "im" && c.members.includes(who) && c.members.includes(store.bot));
}

/** The name of a place as this person's list has it. */
export function title(channel, who) {
  if (channel.type === "public" || channel.type === "private") return channel.name;
  const others = channel.members.filter((member) => member !== who);
  return others.map(nameOf).join(", ") || nameOf(who);
}

/** What people call this user. */
export function nameOf(id) {
  return store.users.get(id)?.shown || id;
}

/** What this page calls the people who sit before it. */
export function realName(id) {
  return store.users.get(id)?.real || nameOf(id);
}
