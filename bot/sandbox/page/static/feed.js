// Listens to the sandbox's one stream of changes, and says when it is not there.

import { take } from "./store.js";

/** @param {(connected: boolean) => void} onState */
export function listenToSandbox(onState) {
  const source = new EventSource("/events");
  source.onopen = () => onState(true);
  source.onmessage = (event) => take(JSON.parse(event.data));
  source.onerror = () => {
    onState(false);
    // The browser tries again by itself, and says where it was; unless it gave up.
    if (source.readyState === EventSource.CLOSED) setTimeout(() => listenToSandbox(onState), 2000);
  };
}
