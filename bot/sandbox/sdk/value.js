// A value that can be watched: whoever subscribes is told it at once, and at every change.

export class Value {
  #now;
  #watchers = new Set();

  constructor(first) {
    this.#now = first;
  }

  get now() {
    return this.#now;
  }

  set(next) {
    this.#now = next;
    for (const watcher of [...this.#watchers]) watcher(next);
  }

  subscribe(watcher) {
    const next = typeof watcher === "function" ? watcher : (value) => watcher.next?.(value);
    this.#watchers.add(next);
    next(this.#now);
    return { unsubscribe: () => this.#watchers.delete(next) };
  }
}

/** An object with a getter and an observable (`name` and `name$`) for each of these values. */
export function state(values) {
  const found = {};
  for (const [name, value] of Object.entries(values)) {
    Object.defineProperty(found, name, { get: () => value.now, enumerable: true });
    found[`${name}$`] = { subscribe: (watcher) => value.subscribe(watcher) };
  }
  return found;
}
