// Makes nodes. Every text is text: nothing here reads HTML.

/**
 * A node with its attributes, listeners (`on`) and children; what is null or false is left out.
 * @param {string} tag
 * @param {Record<string, any>} [props]
 * @param {...any} children
 * @returns {any}
 */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name === "on") for (const [event, run] of Object.entries(value)) node.addEventListener(event, run);
    else if (["disabled", "hidden", "muted", "autoplay", "playsInline", "value"].includes(name)) node[name] = value;
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** Says these words in a node that says others. */
export function say(node, words) {
  if (node.textContent !== words) node.textContent = words;
}

/** Makes the children of `parent` those of `items`: kept by key, changed in place, or made. */
export function match(parent, items, key, make, change) {
  const old = new Map([...parent.children].map((node) => [node.dataset.key, node]));
  const wanted = items.map((item) => {
    const node = old.get(key(item)) ?? make(item);
    node.dataset.key = key(item);
    old.delete(key(item));
    change(node, item);
    return node;
  });
  for (const [, node] of old) {
    node.gone?.();
    node.remove();
  }
  wanted.forEach((node, at) => parent.children[at] === node || parent.insertBefore(node, parent.children[at] ?? null));
}

/** Someone's initials in their own colour, or their picture. */
export function face(name, image) {
  const hue = [...name].reduce((sum, letter) => sum + letter.codePointAt(0), 0) % 6;
  const initials = name.split(/\s+/).map((word) => [...word][0] ?? "").slice(0, 2).join("").toUpperCase();
  const node = h("span", { class: "face", "data-hue": hue, "aria-hidden": true }, initials || "?");
  if (image) node.append(h("img", { src: image, alt: "", on: { error: (event) => event.target.remove() } }));
  return node;
}
