// Makes and matches nodes: every text is text, and a node that still says the right thing is left alone.

/**
 * A node with its attributes, listeners (`on`) and children; what is null or false is left out.
 * @param {string} tag
 * @param {Record<string, any>} [props]
 * @param {...any} children
 * @returns {HTMLElement}
 */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) set(node, name, value);
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

function set(node, name, value) {
  if (name === "on") {
    for (const [event, run] of Object.entries(value)) node.addEventListener(event, run);
  } else if (name === "data") {
    for (const [key, each] of Object.entries(value)) if (each !== null && each !== undefined) node.dataset[key] = each;
  } else if (["value", "checked", "disabled", "hidden", "inert", "required"].includes(name)) {
    node[name] = value;
  } else if (value !== null && value !== undefined && value !== false) {
    node.setAttribute(name, value === true ? "" : String(value));
  }
}

/** Sets an attribute, or takes it away where there is nothing to say. */
export function attr(node, name, value) {
  if (value === null || value === undefined || value === false) node.removeAttribute(name);
  else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value === true ? "" : String(value));
}

/** Says these words in a node that says others. */
export function say(node, words) {
  if (node.textContent !== words) node.textContent = words;
}

const KEYS = new WeakMap();

/**
 * Makes the children of `parent` those of `items`, in their order: kept by key, changed in place, or made.
 * @template T
 * @param {Element} parent
 * @param {T[]} items
 * @param {(item: T, at: number) => string} key
 * @param {(item: T) => Element} make
 * @param {(node: any, item: T) => (Element | void)} change  may answer another node to stand in its place
 */
export function match(parent, items, key, make, change) {
  const old = new Map([...parent.children].filter((node) => KEYS.has(node)).map((node) => [KEYS.get(node), node]));
  const wanted = items.map((item, at) => {
    const name = key(item, at);
    const before = old.get(name);
    const node = before ? change(before, item) || before : make(item);
    if (node === before) old.delete(name);
    KEYS.set(node, name);
    return node;
  });
  const focused = focusIn(parent);
  for (const node of old.values()) node.remove();
  let at = parent.firstElementChild;
  for (const node of wanted) {
    if (node === at) at = at.nextElementSibling;
    else parent.insertBefore(node, at);
  }
  focused();
}

/** Remembers which control in here has the focus; the function it answers gives it back where it was lost. */
function focusIn(parent) {
  const active = document.activeElement;
  if (!active || active === document.body || !parent.contains(active)) return () => {};
  const control = active.closest("[data-control]")?.dataset.control;
  const message = active.closest("[data-message]");
  return () => {
    if (document.contains(active)) return;
    const same = control && [...parent.querySelectorAll("[data-control]")].find((n) => n.dataset.control === control);
    const next = same || parent.querySelector("[data-control]") || message;
    if (next && document.contains(next)) focusOn(next);
  };
}

/** Moves the focus into a node: onto it, or the first thing in it that takes it. */
function focusOn(node) {
  node.focus({ preventScroll: true });
  if (document.activeElement !== node) node.querySelector("button, a[href], input, textarea, select")?.focus();
}

/**
 * One stop for the Tab key in a list; arrows, Home and End move within it.
 * @param {HTMLElement} list
 * @param {string} selector  what the stops are
 */
export function roving(list, selector) {
  const stops = () => [...list.querySelectorAll(selector)].filter((stop) => !stop.hidden);
  const rest = () => {
    const all = stops();
    const at = all.find((stop) => stop === document.activeElement)
      || all.find((stop) => stop.matches('[aria-current], [aria-selected="true"]')) || all[0];
    for (const stop of all) stop.tabIndex = stop === at ? 0 : -1;
  };
  list.addEventListener("keydown", (event) => {
    const all = stops();
    const here = all.indexOf(document.activeElement);
    const to = { ArrowDown: here + 1, ArrowRight: here + 1, ArrowUp: here - 1, ArrowLeft: here - 1, Home: 0, End: all.length - 1 }[event.key];
    if (here < 0 || to === undefined) return;
    event.preventDefault();
    all[(to + all.length) % all.length].focus();
  });
  list.addEventListener("focusin", rest);
  return rest;
}

let minted = 0;

/** An id no other node has. */
export function mint(stem) {
  minted += 1;
  return `${stem}-${minted}`;
}
