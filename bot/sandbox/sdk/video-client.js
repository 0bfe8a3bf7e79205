// The sandbox's own stand-in for Stream's browser SDK: the few calls of it that the join page makes, without media.
// Written from Stream's public documentation of what they do; it speaks to the stand-in coordinator alone.

import { Call } from "./call.js";
import { Live } from "./live.js";
import { Value, state } from "./value.js";

export { CallingState } from "./call.js";
export const notice = "There is no media in the sandbox: you are counted in, but nobody is heard or seen.";

export class StreamVideoClient {
  #apiKey;
  #base;
  #token;
  #tokenProvider;
  #calls = new Value([]);
  #listeners = new Map();
  #live;
  #connected;

  constructor({ apiKey, user, token, tokenProvider, options = {} }) {
    this.#apiKey = apiKey;
    this.#base = options.baseURL;
    this.#token = token;
    this.#tokenProvider = tokenProvider ?? (async () => token);
    this.user = user;
    this.state = state({ calls: this.#calls, connectedUser: new Value(user) });
    this.#live = new Live({
      url: () => `${this.#base.replace(/^http/, "ws")}/connect?api_key=${encodeURIComponent(apiKey)}`,
      hello: async () => ({ token: await this.#freshToken(), products: ["video"], user_details: this.user }),
      heard: (event) => this.#heard(event),
      lost: () => this.#calls.now.forEach((call) => call.lost()),
      back: () => Promise.all(this.#calls.now.map((call) => call.back())),
    });
    this.#connected = this.#live.open();
    this.#connected.catch(() => {});
  }

  call(type, id) {
    const cid = `${type}:${id}`;
    const known = this.#calls.now.find((call) => call.cid === cid && call.state.callingState !== "left");
    if (known) return known;
    const call = new Call(this, type, id);
    this.#calls.set([...this.#calls.now.filter((one) => one.cid !== cid), call]);
    return call;
  }

  on(type, listener) {
    const those = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, those.add(listener));
    return () => those.delete(listener);
  }

  async disconnectUser() {
    this.#live.close();
  }

  get connectionId() {
    return this.#live.connectionId;
  }

  forget(call) {
    this.#calls.set(this.#calls.now.filter((one) => one !== call));
  }

  /** One operation of the coordinator's. A token that is too old is replaced once. */
  async ask(verb, path, body) {
    await this.#connected;
    const answer = await this.#send(verb, path, body);
    if (answer.status !== 401) return read(answer);
    this.#token = null;
    return read(await this.#send(verb, path, body));
  }

  /** What an SFU would be told. */
  async tell(what, body) {
    const url = `${new URL(this.#base).origin}/sandbox/${what}`;
    const token = await this.#freshToken();
    return read(await fetch(url, { ...json({ ...body, token }), method: "POST" }));
  }

  async #send(verb, path, body) {
    const query = new URLSearchParams({ api_key: this.#apiKey, user_id: this.user.id });
    if (this.connectionId) query.set("connection_id", this.connectionId);
    return fetch(`${this.#base}${path}?${query}`, {
      method: verb,
      headers: {
        Authorization: await this.#freshToken(),
        "stream-auth-type": "jwt",
        "X-Stream-Client": "stream-video-sandbox-web",
        ...(body ? { "Content-Type": "application/json" } : {}),
      },
      body: body ? JSON.stringify(body) : undefined,
    });
  }

  async #freshToken() {
    this.#token ??= await this.#tokenProvider();
    return this.#token;
  }

  #heard(event) {
    if (event.type === "connection.error" && event.error.code === 40) this.#token = null;
    if (event.type === "call.ring" && event.call) this.call(event.call.type, event.call.id).rung(event);
    this.#calls.now.find((call) => call.cid === event.call_cid)?.heard(event);
    for (const type of [event.type, "all"]) for (const listener of this.#listeners.get(type) ?? []) listener(event);
  }
}

function json(body) {
  return { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
}

async function read(answer) {
  const found = await answer.json();
  if (answer.ok) return found;
  throw Object.assign(new Error(found.message), { code: found.code, status: answer.status });
}
