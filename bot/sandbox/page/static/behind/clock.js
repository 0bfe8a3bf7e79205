// The shared clock: what time it is for bot, Slack and Stream alike, and the buttons that turn it.

import { attr, h, say } from "../dom.js";
import { icon } from "../icons.js";
import { send } from "../send.js";
import { now, store } from "../store.js";
import { brief, day, time } from "../text/dates.js";

const TURNS = [[30, "+30 s"], [60, "+1 min"], [600, "+10 min"]];
const SPEEDS = [1, 10, 60];

export function clockBar() {
  const face = h("strong", { class: "clock-face" });
  const date = h("span", { class: "clock-date" });
  const turns = TURNS.map(([seconds, words]) => h("button", {
    type: "button", class: "chip", "aria-label": `Turn the clock ${words.slice(1)} ahead`, on: { click: () => send("turn", { seconds }) },
  }, words));
  const left = h("span", {});
  const next = h("button", {
    type: "button", class: "chip next", title: "To the next thing that is waiting for its time", on: { click: () => send("skip", {}) },
  }, icon("skip"), left);
  const speed = h("select", { class: "chip speed", "aria-label": "Speed of the clock", on: { change: () => send("speed", { times: Number(speed.value) }) } },
    SPEEDS.map((times) => h("option", { value: String(times) }, times === 1 ? "real time" : `${times}× faster`)));
  const node = h("div", { class: "clock", role: "group", "aria-label": "The shared clock" },
    h("div", { class: "clock-now" }, face, date), turns, next, speed);
  const tick = () => {
    const user = store.users.get(store.people[0]);
    if (!user) return;
    say(face, time(now(), user, { secs: true }));
    say(date, day(now(), user.tz));
    const wait = store.clock.next ? store.clock.next - now() : null;
    next.disabled = wait === null;
    say(left, wait === null ? "nothing due" : wait < 1 ? "due now" : `next in ${brief(wait)}`);
    attr(next, "aria-label", wait === null ? "Nothing is waiting for its time" : `Turn the clock to the next due thing, in ${brief(wait)}`);
    if (document.activeElement !== speed) speed.value = String(store.clock.speed);
  };
  return { node, tick };
}
