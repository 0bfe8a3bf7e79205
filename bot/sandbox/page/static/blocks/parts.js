// The small parts that several blocks have: text objects and pictures.

import { h } from "../dom.js";
import { mrkdwn, plain } from "../text/mrkdwn.js";

/** A text object of either kind. */
export function text(object, user) {
  return object.type === "plain_text" ? plain(object.text) : mrkdwn(object.text, user);
}

/** Nothing is loaded from elsewhere: a picture is a frame with its words, and a link to it. */
export function stillPicture(part, size) {
  const words = part.alt_text || "picture";
  const url = part.image_url;
  return url
    ? h("a", { class: `picture ${size}`, href: url, target: "_blank", rel: "noopener noreferrer" }, words)
    : h("span", { class: `picture ${size}` }, words);
}
