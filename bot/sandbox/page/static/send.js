// Sends what people do to the sandbox; what could not be done is said on the page.

import { h } from "./dom.js";

/**
 * @param {string} act  the name in `POST /do/{name}`
 * @param {Record<string, any>} asked
 * @param {{quiet?: boolean}} [how]  quiet: whoever asked says it themselves
 * @returns {Promise<any>} the answer, or null where it went wrong
 */
export async function send(act, asked, { quiet = false } = {}) {
  try {
    const answer = await fetch(`/do/${act}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(asked),
    });
    const found = await answer.json();
    if (answer.ok) return found;
    if (!quiet) complain(found.error);
  } catch {
    if (!quiet) complain("The sandbox does not answer. Is it still running?");
  }
  return null;
}

/** A sentence in the corner, for a few seconds. */
export function complain(words) {
  const toast = h("p", { class: "toast" }, words);
  document.getElementById("toasts")?.append(toast);
  setTimeout(() => toast.remove(), 6000);
}
