// Draws Block Kit: each block is a node of its own, and one that did not change stays as it is.
// https://docs.slack.dev/reference/block-kit/blocks

import { h, match } from "../dom.js";
import { mrkdwn, plain } from "../text/mrkdwn.js";
import { element } from "./elements.js";
import { changeInput, inputBlock } from "./fields.js";
import { stillPicture, text } from "./parts.js";
import { richText } from "./rich.js";

/**
 * What a block is drawn for: who reads it, and what using a control does.
 * @typedef {{user: import("../store.js").User, key: string,
 *   use: (block: any, element: any, value?: any) => Promise<any>,
 *   value: (block: any, element: any) => any, error: (blockId: string) => string|undefined,
 *   confirm: (dialog: any) => Promise<boolean>}} Scene
 */

const DRAWN = new WeakMap();

/**
 * @param {Element} parent
 * @param {any[]} blocks
 * @param {Scene} scene
 */
export function drawBlocks(parent, blocks, scene) {
  match(parent, blocks, (block, at) => block.block_id || String(at),
    (block) => remember(drawBlock(block, scene), block), (node, block) => redraw(node, block, scene));
}

function remember(node, block) {
  DRAWN.set(node, JSON.stringify(block));
  return node;
}

function redraw(node, block, scene) {
  if (block.type === "input") changeInput(node, block, scene);
  const before = DRAWN.get(node);
  if (before === JSON.stringify(block)) return node;
  const inRows = block.type === "actions" && JSON.parse(before).type === "actions";
  if (!inRows) return remember(drawBlock(block, scene), block);
  fillRow(node, block, scene);
  return remember(node, block);
}

function drawBlock(block, scene) {
  return (KINDS[block.type] || unknown)(block, scene);
}

const KINDS = {
  header: (block) => h("h3", { class: "block-header" }, plain(block.text.text)),
  section,
  context: (block, scene) => h("div", { class: "block-context" }, block.elements.map((each) => contextPart(each, scene))),
  actions: (block, scene) => fillRow(h("div", { class: "block-actions" }), block, scene),
  context_actions: (block, scene) => fillRow(h("div", { class: "block-actions" }), block, scene),
  divider: () => h("hr", { class: "block-divider" }),
  image: picture,
  input: inputBlock,
  rich_text: (block, scene) => h("div", { class: "block-rich" }, block.elements.map((each) => richText(each, scene.user))),
  markdown: (block, scene) => h("div", { class: "block-section" }, mrkdwn(block.text.replaceAll("**", "*"), scene.user)),
};

function unknown(block) {
  return h("p", { class: "block-unknown" }, `(a block of type ${block.type})`);
}

function section(block, scene) {
  const fields = block.fields || [];
  return h("div", { class: "block-section" },
    h("div", { class: "block-text" },
      block.text && h("div", {}, text(block.text, scene.user)),
      fields.length > 0 && h("div", { class: "block-fields" }, fields.map((field) => h("div", {}, text(field, scene.user))))),
    block.accessory && h("div", { class: "block-accessory" }, element(block, block.accessory, scene)));
}

function contextPart(part, scene) {
  return part.type === "image" ? stillPicture(part, "small") : h("span", {}, text(part, scene.user));
}

function picture(block) {
  return h("figure", { class: "block-image" }, block.title && h("figcaption", {}, plain(block.title.text)), stillPicture(block, "wide"));
}

/** Buttons and menus side by side; those that did not change stay, with what was half chosen in them. */
function fillRow(row, block, scene) {
  match(row, block.elements, (each) => each.action_id || JSON.stringify(each),
    (each) => remember(element(block, each, scene), each),
    (node, each) => (DRAWN.get(node) === JSON.stringify(each) ? node : remember(element(block, each, scene), each)));
  return row;
}
