// Draws rich text, as Slack's own editor writes it. https://docs.slack.dev/reference/block-kit/blocks/rich-text-block

import { h } from "../dom.js";
import { emoji, withEmoji } from "../text/emoji.js";
import { formatted } from "../text/dates.js";
import { channelName, groupName, link, mention } from "../text/mrkdwn.js";
import { now } from "../store.js";

const STYLES = { bold: "strong", italic: "em", strike: "s", code: "code", underline: "u" };

/** One part of a rich text: a paragraph, list, quote, block of code, or what stands in them. */
export function richText(part, user) {
  const inside = () => (part.elements || []).map((each) => richText(each, user));
  switch (part.type) {
    case "rich_text_section": return h("p", {}, inside());
    case "rich_text_quote": return h("blockquote", {}, inside());
    case "rich_text_preformatted": return h("pre", {}, h("code", {}, inside()));
    case "rich_text_list":
      return h(part.style === "ordered" ? "ol" : "ul", { class: `indent-${part.indent || 0}` },
        (part.elements || []).map((each) => h("li", {}, (each.elements || []).map((one) => richText(one, user)))));
    default: return styled(leaf(part, user), part.style);
  }
}

function leaf(part, user) {
  switch (part.type) {
    case "text": return part.text.split("\n").flatMap((line, at) => [...(at ? [h("br")] : []), ...withEmoji(line)]);
    case "emoji": return [emoji(part.name) || `:${part.name}:`];
    case "link": return [link(part.url, part.text || part.url)];
    case "user": return [mention(part.user_id, user)];
    case "channel": return [channelName(part.channel_id, user)];
    case "usergroup": return [groupName(part.usergroup_id)];
    case "broadcast": return [h("span", { class: "mention me" }, `@${part.range}`)];
    case "date": return [h("time", {}, formatted(part.timestamp, part.format, part.fallback || "", user, now()))];
    case "color": return [part.value];
    default: return [];
  }
}

function styled(nodes, style = {}) {
  return Object.entries(STYLES).reduce((inside, [name, tag]) => (style[name] ? [h(tag, {}, inside)] : inside), nodes);
}
