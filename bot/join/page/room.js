// One person in one call: listens to Stream, decides what to show, and does what is pressed.

import * as bot from "./ask.js";
import { Inside } from "./inside.js";
import { Lobby } from "./lobby.js";
import { Over } from "./over.js";
import { ending, isTaken, phase, title } from "./phase.js";
import { Rings } from "./rings.js";
import * as sdk from "./sdk.js";

const LOOK_AGAIN_MS = 10_000;
const VIEWS = { lobby: Lobby, waiting: Lobby, incoming: Lobby, joining: Lobby, inside: Inside, left: Over, ended: Over };

export class Room {
  #page;
  #stop = () => {};
  #view = null;
  #shown = "";
  #drawing = false;
  problem = "";

  constructor(told, page) {
    this.told = told;
    this.#page = page;
    this.known = { rings: told.call.rings, rungAgain: told.call.rings_me, over: "", endedBy: null, declined: false };
    this.wants = { camera: false, microphone: false };
    this.denied = { camera: false, microphone: false };
  }

  async open() {
    this.client = sdk.connect(this.told, () => bot.freshToken(this.told.at));
    this.rings = new Rings(this, document.getElementById("rings"));
    sdk.watchRings(this.client, (rings) => this.rings.show(rings));
    await this.#enterLobby();
    addEventListener("pagehide", () => sdk.goodbye(this.client));
    addEventListener("pageshow", (event) => event.persisted && location.reload());
    setInterval(() => this.#lookAgain(), LOOK_AGAIN_MS);
    if (sessionStorage.getItem(this.#kept)) await this.join();
  }

  get #kept() {
    return `in ${this.told.at}`;
  }

  /** A fresh view of the call: what was left is not taken up again. */
  async #enterLobby() {
    this.#stop();
    this.call = await sdk.open(this.client, this.told.call);
    this.#stop = sdk.watch(this.call, (event) => this.#changed(event));
    this.#changed();
    this.#turnOn(); // It may wait for the person to allow it.
  }

  /** Events come without a promise: https://getstream.io/video/docs/javascript/advanced/ringing-calls/ */
  async #lookAgain() {
    if (["lobby", "waiting", "incoming"].includes(this.#shown)) await sdk.refresh(this.call).catch(() => {});
    if (this.#shown === "left") await this.#askWhetherItIsOver(); // The SDK tells nothing more of what was left.
  }

  /** Camera and microphone, as the kind of call has them, as far as the person lets us. */
  async #turnOn() {
    const wanted = sdk.defaults(this.call);
    if (!this.told.call.video) wanted.camera = false;
    for (const kind of ["microphone", "camera"]) {
      if (this.wants[kind] || wanted[kind]) await this.turn(kind, true);
    }
  }

  // --- what happens

  #changed(event) {
    if (event?.type === "call.ended") this.known.endedBy = event.user ?? null;
    if (event?.type === "call.ring") this.#rung(event);
    if (["call.accepted", "call.rejected"].includes(event?.type) && event.user?.id === this.told.me.id) this.known.rungAgain = false;
    if (event?.type === "call.missed" && event.members?.some((one) => one.user_id === this.told.me.id)) this.known.rungAgain = false;
    if (this.#drawing) return;
    this.#drawing = true; // A burst of changes is drawn once.
    queueMicrotask(() => {
      this.#drawing = false;
      this.draw();
    });
  }

  #rung(event) {
    const now = sdk.look(this.call);
    if (now.isCaller) this.known.rings = true;
    else if (now.callingState !== "joined" && event.members?.some((one) => one.user_id === this.told.me.id)) this.known.rungAgain = true;
  }

  draw() {
    const now = sdk.look(this.call);
    const is = phase(now, this.known);
    const words = document.getElementById("topic");
    words.textContent = title(now);
    document.title = `${TITLES[is]} · ${title(now)}`;
    if (is === "ended" || is === "left") sessionStorage.removeItem(this.#kept);
    if (is === "ended" && this.#shown !== is) this.#askHowItEnded();
    if (this.#shown !== is && !(this.#view instanceof VIEWS[is])) this.#show(is);
    this.#shown = is;
    this.#view.update(now, is);
    if (this.known.rings && now.isCaller && is === "lobby" && this.#waited) this.join();
    this.#waited = is === "waiting";
    if (isTaken(now)) this.known.rings = false;
  }

  #waited = false;

  #show(is) {
    const hadFocus = this.#page.contains(document.activeElement);
    this.#view?.close?.();
    this.#view = new VIEWS[is](this);
    this.#page.replaceChildren(this.#view.node);
    if (hadFocus || is !== "lobby") this.#page.focus({ preventScroll: true });
  }

  /** What Stream does not tell (who pressed End for all in Slack, say) the bot knows, once it has heard of the end. */
  async #askHowItEnded() {
    for (let tried = 0; tried < 5 && !this.known.over; tried++) {
      await this.#askWhetherItIsOver();
      if (!this.known.over) await new Promise((done) => setTimeout(done, 700));
    }
  }

  async #askWhetherItIsOver() {
    this.known.over ||= (await bot.session().catch(() => ({}))).over ?? "";
    this.draw();
  }

  ending(now) {
    return ending(now, this.known, this.told.me.id);
  }

  // --- what people do

  async join() {
    await this.#try(async () => {
      if (this.known.rungAgain) await bot.accept(this.told.at);
      this.known.rungAgain = false;
      await sdk.join(this.call);
      this.known.declined = false;
      sessionStorage.setItem(this.#kept, "yes");
    });
  }

  leave = () => this.#try(() => sdk.leave(this.call));
  decline = () => this.#try(async () => {
    await sdk.reject(this.call, "decline");
    this.known.rungAgain = false;
    this.known.declined = true;
    if (sdk.look(this.call).callingState !== "left") await sdk.leave(this.call);
  });
  cancel = () => this.#try(async () => {
    await sdk.reject(this.call, "cancel");
    this.known.over = "You cancelled it.";
  });

  async end() {
    await this.#try(() => sdk.end(this.call), (error) => sdk.isForbidden(error)
      && `Only ${sdk.look(this.call).caller.name}, who made the call, and admins may end it for everybody. You can leave it.`);
  }

  again = () => this.#try(() => this.#enterLobby());

  async turn(kind, on) {
    this.wants[kind] = on;
    try {
      await sdk.turn(this.call, kind, on);
      this.denied[kind] = false;
    } catch {
      this.wants[kind] = false;
      this.denied[kind] = true;
      this.say(`Your browser does not let this page use a ${kind}.`);
    }
    this.#changed();
  }

  /** Another call that rings: in it, this page is that call's. */
  async takes(call) {
    await this.#try(async () => {
      if (sdk.look(this.call).callingState === "joined") await sdk.leave(this.call);
      const at = await bot.other(this.told.at, call.id);
      sessionStorage.setItem(`in ${at}`, "yes");
      location.assign(at);
    });
  }

  refuses = (call, reason) => this.#try(() => sdk.reject(call, reason));

  async #try(act, explain = () => "") {
    this.problem = "";
    try {
      await act();
    } catch (error) {
      this.problem = explain(error) || error.message || "That did not work.";
      this.say(this.problem);
    }
    this.draw();
  }

  /** For those who do not see it. */
  say(words) {
    document.getElementById("said").textContent = words;
  }
}

const TITLES = {
  lobby: "Ready to join", waiting: "Ringing…", incoming: "You are being rung", joining: "Joining…",
  inside: "In the call", left: "You have left", ended: "The call is over",
};
