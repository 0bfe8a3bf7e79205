// Light or dark: as the system has it, until someone says otherwise.

import { h } from "./dom.js";
import { icon } from "./icons.js";

export function themeButton() {
  const kept = localStorage.getItem("theme");
  if (kept) document.documentElement.dataset.theme = kept;
  const isDark = () => (document.documentElement.dataset.theme
    || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const button = h("button", { type: "button", class: "top-button", on: { click: () => {
    const next = isDark() ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    localStorage.setItem("theme", next);
    tell();
  } } }, icon("moon"));
  const tell = () => {
    const words = isDark() ? "Light colours" : "Dark colours";
    button.setAttribute("aria-label", words);
    button.title = words;
  };
  tell();
  return button;
}
