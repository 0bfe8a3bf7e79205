// The WebSocket on which a person's client hears events; it comes back by itself after it broke.

const HEALTH_MS = 25_000;
const LONGEST_PAUSE_MS = 5_000;

export class Live {
  #client;
  #socket = null;
  #health = 0;
  #retry = 0;
  #tries = 0;
  #closed = false;
  connectionId = "";

  /** `client`: {url(), hello(), heard(event), lost(), back()}. */
  constructor(client) {
    this.#client = client;
  }

  /** Resolves once the coordinator has said connection.ok; rejects with its error. */
  async open() {
    const [url, hello] = [this.#client.url(), await this.#client.hello()];
    await new Promise((done, failed) => {
      const socket = new WebSocket(url);
      this.#socket = socket;
      socket.onopen = () => socket.send(JSON.stringify(hello));
      socket.onmessage = (message) => this.#received(JSON.parse(message.data), done, failed);
      socket.onclose = () => {
        failed(new Error("The connection was closed."));
        this.#broke(socket);
      };
    });
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#retry);
    clearInterval(this.#health);
    this.#socket?.close();
  }

  #received(event, done, failed) {
    if (event.type === "connection.ok") {
      this.connectionId = event.connection_id;
      this.#tries = 0;
      clearInterval(this.#health);
      this.#health = setInterval(() => this.#checkHealth(), HEALTH_MS);
      done();
    } else if (event.type === "connection.error") {
      failed(Object.assign(new Error(event.error.message), { code: event.error.code }));
    }
    this.#client.heard(event);
  }

  #checkHealth() {
    if (this.#socket.readyState === WebSocket.OPEN) {
      this.#socket.send(JSON.stringify([{ type: "health.check", client_id: this.connectionId }]));
    }
  }

  #broke(socket) {
    if (this.#closed || socket !== this.#socket) return;
    clearInterval(this.#health);
    if (this.connectionId) {
      this.connectionId = "";
      this.#client.lost();
    }
    const pause = Math.min(LONGEST_PAUSE_MS, 250 * 2 ** this.#tries++);
    this.#retry = setTimeout(() => this.#again(), pause);
  }

  async #again() {
    try {
      await this.open();
      await this.#client.back();
    } catch {
      // Its onclose tries once more.
    }
  }
}
