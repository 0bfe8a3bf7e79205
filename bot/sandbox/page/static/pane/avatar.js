// A person's mark: the first letter of their name on a colour of their own; the bot's is a small switchboard.

import { h } from "../dom.js";
import { icon } from "../icons.js";
import { nameOf, store } from "../store.js";

const HUES = 6;

/** @returns {HTMLElement} hidden from screen readers: the name stands beside it */
export function avatar(id, size = "") {
  const user = store.users.get(id);
  const app = id === store.bot;
  const mark = app ? icon("phone") : nameOf(id).slice(0, 1).toUpperCase();
  const hue = app || id === "USLACKBOT" || !user ? "app" : hueOf(id);
  return h("span", { class: `avatar ${size}`.trim(), data: { hue }, "aria-hidden": "true" }, mark);
}

/** Which of the page's colours is theirs. */
export function hueOf(id) {
  return String(Math.max(0, store.people.indexOf(id)) % HUES);
}
