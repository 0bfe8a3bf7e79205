// Knows what each field on the page holds, and how to put something else into it.

/** @typedef {{get: () => any, set: (value: any) => void}} Field */

const FIELDS = new WeakMap();

/** @param {HTMLElement} node @param {Field} field */
export function holds(node, field) {
  FIELDS.set(node, field);
  return node;
}

/** The field that this node is or has in it. @returns {Field|undefined} */
export function fieldOf(node) {
  if (FIELDS.has(node)) return FIELDS.get(node);
  const inside = [...node.querySelectorAll("*")].find((each) => FIELDS.has(each));
  return inside && FIELDS.get(inside);
}

/** The name by which a control is found again after a redraw. */
export function controlName(block, part) {
  return `${block.block_id}/${part.action_id}`;
}

/** Only one use at a time of a field that asks before it is used; the answer is whether it was. */
export async function useHeld(scene, block, part, value) {
  if (part.confirm && !(await scene.confirm(part.confirm))) return false;
  await scene.use(block, part, value);
  return true;
}
