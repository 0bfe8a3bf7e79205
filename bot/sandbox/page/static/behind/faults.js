// Breaks things on purpose, as they break in life, and mends them.

import { attr, h, say } from "../dom.js";
import { icon } from "../icons.js";
import { send } from "../send.js";
import { store } from "../store.js";

/** What each button breaks. A fault with `times: null` stays until it is mended. */
const TROUBLES = [
  ["Slack", [
    ["Slack says: too many", "The bot's next three calls get 429, with Retry-After 2.", { road: "slack.api", kind: "429", times: 3, seconds: 2 }],
    ["Slack is down", "Every call of the bot's gets 503, until mended.", { road: "slack.api", kind: "503", times: null }],
    ["Slack's reply is lost", "The next message is posted, but the bot never hears so.", { road: "slack.api", kind: "drop_after", match: "chat\\.", times: 1 }],
    ["A press arrives twice", "The next button or menu reaches the bot two times.", { road: "slack.delivery", kind: "duplicate", match: "interactive", times: 1 }],
    ["A press is lost", "The next button or menu never reaches the bot.", { road: "slack.delivery", kind: "lose", match: "interactive", times: 1 }],
    ["Slack is slow", "Each call of the bot's takes two seconds, until mended.", { road: "slack.api", kind: "delay", times: null, seconds: 2 }],
  ]],
  ["Stream", [
    ["Stream is down", "Every request gets 503, until mended.", { road: "stream.api", kind: "503", times: null }],
    ["Stream says: too many", "The next request gets 429.", { road: "stream.api", kind: "429", times: 1, seconds: 2 }],
    ["Stream's reply is lost", "The next request is done, but its answer is lost.", { road: "stream.api", kind: "drop_after", times: 1 }],
    ["Webhooks arrive twice", "The next five do.", { road: "stream.webhook", kind: "duplicate", times: 5 }],
    ["Webhooks come again late", "The next five do, a minute later by the clock.", { road: "stream.webhook", kind: "late_duplicate", times: 5, seconds: 60 }],
    ["Webhooks are lost", "None arrives, until mended.", { road: "stream.webhook", kind: "lose", times: null }],
    ["Webhooks out of order", "The next one arrives after its successor.", { road: "stream.webhook", kind: "reorder", times: 1 }],
  ]],
];

export function faultPanel() {
  const planned = h("p", { class: "planned", role: "status" });
  const mend = h("button", { type: "button", class: "button primary", on: { click: () => send("mend", {}) } }, icon("check"), h("span", {}, "Mend everything"));
  const words = h("span", {});
  const bot = h("button", { type: "button", class: "button", on: { click: () => send("bot", { running: !store.trouble.running }) } }, words);
  const buttons = new Map();
  const group = ([title, troubles]) => h("section", { class: "faults-group" }, h("h3", {}, title),
    h("ul", {}, troubles.map(([name, what, fault]) => {
      const left = h("span", { class: "badge", hidden: true });
      const button = h("button", { type: "button", class: "fault", on: { click: () => send("break", fault) } },
        h("span", { class: "fault-name" }, name, left), h("span", { class: "fault-what" }, what));
      buttons.set(button, { fault, left });
      return h("li", {}, button);
    })));
  const node = h("div", { class: "faults" },
    h("div", { class: "faults-head" }, planned, mend, bot), h("div", { class: "faults-groups" }, TROUBLES.map(group)));

  function update() {
    const { trouble } = store;
    const count = trouble.planned.length;
    say(planned, count ? `${count === 1 ? "One thing is" : `${count} things are`} broken.` : trouble.struck ? "Nothing is broken now." : "Nothing is broken. Choose something.");
    if (!count && document.activeElement === mend) bot.focus();
    mend.hidden = !count;
    say(words, trouble.running ? "Stop the bot" : "Start the bot again");
    for (const [button, { fault, left }] of buttons) {
      const same = trouble.planned.filter((each) => ["road", "kind"].every((key) => each[key] === fault[key]) && each.match === (fault.match || ""));
      button.classList.toggle("on", same.length > 0);
      attr(button, "aria-pressed", same.length ? "true" : "false");
      left.hidden = !same.length;
      say(left, same.some((each) => each.times === null) ? "on" : String(same.reduce((sum, each) => sum + each.times, 0)));
    }
  }
  return { node, update };
}
