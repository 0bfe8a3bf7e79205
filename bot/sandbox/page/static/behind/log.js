// The calls both ways, newest first: between the bot, Slack and Stream, each with what was sent and what was answered.

import { h, match, mint } from "../dom.js";
import { store } from "../store.js";
import { time } from "../text/dates.js";

const ROADS = {
  "slack-bot": ["Slack", "bot"], "bot-slack": ["bot", "Slack"], "bot-stream": ["bot", "Stream"],
  "stream-bot": ["Stream", "bot"], "client-stream": ["browser", "Stream"],
};
const MOST = 200;

export function logPanel() {
  const chosen = new Set(Object.keys(ROADS));
  const boxes = Object.entries(ROADS).map(([road, [from, to]]) => h("label", { class: "check-chip", data: { road } },
    h("input", { type: "checkbox", checked: true, on: { change: (event) => {
      if (event.target.checked) chosen.add(road);
      else chosen.delete(road);
      update();
    } } }), h("span", {}, `${from} → ${to}`)));
  const bad = h("input", { type: "checkbox", on: { change: () => update() } });
  const words = h("input", { type: "search", class: "typed", "aria-label": "Filter by words", placeholder: "Filter…", on: { input: () => update() } });
  const list = h("ol", { class: "log-list" });
  const none = h("p", { class: "empty" }, "Nothing yet: do something in a pane, and see it here.");
  const open = new Set();
  const node = h("div", { class: "log" },
    h("div", { class: "log-filters" }, h("div", { class: "checks", role: "group", "aria-label": "Which roads" }, boxes,
      h("label", { class: "check-chip" }, bad, h("span", {}, "only trouble"))), words), none,
    h("div", { class: "log-scroll", tabindex: "0", role: "region", "aria-label": "API calls" }, list));

  function update() {
    const wanted = words.value.trim().toLowerCase();
    const shown = [...store.log.values()].filter((entry) => chosen.has(entry.road) && (!bad.checked || entry.ok === false)
      && (!wanted || `${entry.what} ${entry.outcome}`.toLowerCase().includes(wanted))).slice(-MOST).reverse();
    none.hidden = shown.length > 0;
    match(list, shown, (entry) => String(entry.n), (entry) => line(entry, open), (before, entry) => (before.entry === entry ? before : line(entry, open)));
  }
  return { node, update };
}

function line(entry, open) {
  const [from, to] = ROADS[entry.road];
  const id = mint("call");
  const user = store.users.get(store.people[0]);
  const more = h("div", { class: "log-more", id, hidden: !open.has(entry.n) });
  const button = h("button", { type: "button", class: "log-line", "aria-expanded": String(open.has(entry.n)), "aria-controls": id, data: { control: `log/${entry.n}` } },
    h("time", {}, entry.at && user ? time(entry.at, user, { secs: true }) : "…"),
    h("span", { class: "road", data: { road: entry.road } }, `${from} → ${to}`),
    h("code", {}, entry.what),
    h("span", { class: `outcome ${entry.ok === false ? "bad" : ""}` }, entry.outcome));
  const node = Object.assign(h("li", {}, button, more), { entry });
  button.addEventListener("click", () => {
    more.hidden = !more.hidden;
    if (more.hidden) open.delete(entry.n);
    else open.add(entry.n);
    button.setAttribute("aria-expanded", String(!more.hidden));
    if (!more.hidden) fill(more, entry);
  });
  if (!more.hidden) fill(more, entry);
  return node;
}

async function fill(more, entry) {
  const answer = await fetch(`/log/${entry.n}`);
  if (!answer.ok) return;
  const { sent, answered } = await answer.json();
  const side = (name, value) => h("div", {}, h("h4", {}, name), h("pre", { tabindex: "0" }, JSON.stringify(value, null, 2)));
  more.replaceChildren(side("Sent", sent), side("Answered", answered));
}
