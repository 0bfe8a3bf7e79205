// Emoji by the names Slack gives them: the sandbox's own drawings for those the bot says, characters for others.

import { h } from "../dom.js";
import { icon } from "../icons.js";

const DRAWN = {
  telephone_receiver: ["phone", "go"], calendar: ["calendar", "brass"], alarm_clock: ["bell", "brass"],
  checkered_flag: ["flag", "soft"], large_green_circle: ["live", "go"], loudspeaker: ["horn", "brass"],
  no_entry_sign: ["no", "stop"], warning: ["warn", "brass"], white_check_mark: ["check", "go"],
  bell: ["bell", "brass"], heavy_check_mark: ["check", "go"], x: ["close", "stop"],
};
const CHARACTERS = {
  smile: "😄", grinning: "😀", joy: "😂", wink: "😉", heart: "❤️", tada: "🎉", wave: "👋", thumbsup: "👍", "+1": "👍",
  thumbsdown: "👎", "-1": "👎", ok_hand: "👌", pray: "🙏", clap: "👏", eyes: "👀", fire: "🔥", rocket: "🚀",
  sparkles: "✨", star: "⭐", 100: "💯", thinking_face: "🤔", sob: "😭", cry: "😢", coffee: "☕", pizza: "🍕",
  rotating_light: "🚨", sos: "🆘", computer: "💻", bug: "🐛", memo: "📝", link: "🔗", clock9: "🕘", hourglass: "⌛",
  video_camera: "📹", microphone: "🎤", speech_balloon: "💬", email: "📧", key: "🔑", lock: "🔒", red_circle: "🔴",
  zzz: "💤", sunny: "☀️", palm_tree: "🌴", muscle: "💪", raised_hands: "🙌", headphones: "🎧", mute: "🔇",
};
const NAMED = /:([a-z0-9_+-]+):/g;

/** @returns {(Node|string)[]} the text with its emoji in their places */
export function withEmoji(text) {
  const parts = [];
  let from = 0;
  for (const found of text.matchAll(NAMED)) {
    const shown = emoji(found[1]);
    if (!shown) continue;
    parts.push(text.slice(from, found.index), shown);
    from = found.index + found[0].length;
  }
  parts.push(text.slice(from));
  return parts.filter((part) => part !== "");
}

/** @returns {Node|string|null} null where nobody knows it */
export function emoji(name) {
  if (DRAWN[name]) {
    const [drawing, colour] = DRAWN[name];
    // Not read out: the sentences beside these say what they mean.
    return h("span", { class: `emoji ${colour}` }, icon(drawing));
  }
  return CHARACTERS[name] || null;
}

/** For where there are only words: notices, and what a screen reader is told. */
export function withoutEmoji(text) {
  return text.replace(NAMED, (whole, name) => (DRAWN[name] ? "" : CHARACTERS[name] || whole)).trim();
}
