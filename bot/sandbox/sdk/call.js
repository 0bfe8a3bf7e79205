// One call as this person's client sees it: asked for once, then kept true by the events of its WebSocket.

import { camera, microphone } from "./devices.js";
import { Value, state } from "./value.js";

export const CallingState = Object.freeze({
  UNKNOWN: "unknown",
  IDLE: "idle",
  RINGING: "ringing",
  JOINING: "joining",
  JOINED: "joined",
  LEFT: "left",
  RECONNECTING: "reconnecting",
  MIGRATING: "migrating",
  RECONNECTING_FAILED: "reconnecting-failed",
  OFFLINE: "offline",
});

export class Call {
  #client;
  #listeners = new Map();
  #sessionId = "";
  #values = {
    callingState: new Value(CallingState.IDLE),
    participants: new Value([]),
    session: new Value(undefined),
    members: new Value([]),
    createdBy: new Value(undefined),
    endedAt: new Value(undefined),
    custom: new Value({}),
    settings: new Value(undefined),
    ownCapabilities: new Value([]),
  };

  constructor(client, type, id) {
    this.#client = client;
    this.type = type;
    this.id = id;
    this.cid = `${type}:${id}`;
    this.camera = camera();
    this.microphone = microphone();
    this.state = state(this.#values);
  }

  get isCreatedByMe() {
    return this.state.createdBy?.id === this.#client.user.id;
  }

  get ringing() {
    return this.state.callingState === CallingState.RINGING;
  }

  on(type, listener) {
    const those = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, those.add(listener));
    return () => those.delete(listener);
  }

  async get() {
    const found = await this.#ask("GET", "");
    this.#take(found.call);
    this.#values.members.set(found.members);
    this.#values.ownCapabilities.set(found.own_capabilities);
    return found;
  }

  async join() {
    if ([CallingState.JOINING, CallingState.JOINED].includes(this.state.callingState)) {
      throw new Error("The call is joined already.");
    }
    const before = this.state.callingState;
    this.#values.callingState.set(CallingState.JOINING);
    try {
      const answer = await this.#ask("POST", "/join", { location: "auto" });
      if (before === CallingState.RINGING && !this.isCreatedByMe) await this.accept();
      await this.#enter();
      this.#take(answer.call);
      await this.get();
    } catch (error) {
      this.#values.callingState.set(before);
      throw error;
    }
    this.#values.callingState.set(CallingState.JOINED);
  }

  accept = () => this.#ask("POST", "/accept");
  reject = (reason = "decline") => this.#ask("POST", "/reject", { reason });
  endCall = () => this.#ask("POST", "/mark_ended");

  async leave({ reject, reason } = {}) {
    const ringing = this.state.callingState === CallingState.RINGING;
    if (ringing && reject) await this.reject(reason ?? "decline");
    const session = this.#sessionId;
    this.#sessionId = "";
    if (session) await this.#client.tell("leave", { cid: this.cid, session_id: session });
    await this.#gone();
  }

  bindVideoElement(element, sessionId) {
    if (sessionId !== this.#sessionId) return undefined;
    const watching = this.camera.state.mediaStream$.subscribe((stream) => {
      element.srcObject = stream ?? null;
    });
    return () => watching.unsubscribe();
  }

  bindAudioElement() {
    return undefined;
  }

  // --- what its client tells it

  rung(event) {
    this.#take(event.call);
    this.#values.members.set(event.members);
    if (this.state.callingState === CallingState.IDLE) this.#values.callingState.set(CallingState.RINGING);
  }

  heard(event) {
    if (event.call) this.#take(event.call);
    if (event.type === "call.ended") this.#values.endedAt.set(new Date(event.created_at));
    if (event.type === "call.session_participant_joined") this.#came(event.participant);
    if (event.type === "call.session_participant_left") this.#went(event.participant);
    if (event.type === "call.member_added") this.#values.members.set([...this.state.members, ...event.members]);
    if (this.#isSettled(event)) this.#values.callingState.set(CallingState.IDLE);
    for (const type of [event.type, "all"]) for (const listener of this.#listeners.get(type) ?? []) listener(event);
  }

  lost() {
    if (this.state.callingState === CallingState.JOINED) this.#values.callingState.set(CallingState.RECONNECTING);
  }

  async back() {
    await this.get();
    if (this.state.callingState !== CallingState.RECONNECTING) return;
    if (this.state.endedAt) return this.#gone();
    await this.#enter();
    await this.get();
    this.#values.callingState.set(CallingState.JOINED);
  }

  // --- within

  #ask(verb, path, body) {
    return this.#client.ask(verb, `/call/${encodeURIComponent(this.type)}/${encodeURIComponent(this.id)}${path}`, body);
  }

  async #enter() {
    const answer = await this.#client.tell("join", { cid: this.cid, connection_id: this.#client.connectionId });
    this.#sessionId = answer.session_id;
  }

  async #gone() {
    await Promise.all([this.camera.disable(), this.microphone.disable()]);
    this.#values.callingState.set(CallingState.LEFT);
    this.#client.forget(this);
  }

  #isSettled(event) {
    if (this.state.callingState !== CallingState.RINGING) return false;
    const mine = event.user?.id === this.#client.user.id || event.user?.id === this.state.createdBy?.id;
    const missed = event.type === "call.missed" && event.members.some((one) => one.user_id === this.#client.user.id);
    return missed || event.type === "call.ended" || (mine && ["call.accepted", "call.rejected"].includes(event.type));
  }

  #take(call) {
    this.#values.createdBy.set(call.created_by);
    this.#values.custom.set(call.custom);
    this.#values.settings.set(call.settings);
    this.#values.endedAt.set(call.ended_at ? new Date(call.ended_at) : undefined);
    this.#values.session.set(call.session ?? undefined);
    this.#values.participants.set((call.session?.participants ?? []).map((one) => this.#participant(one)));
  }

  #participant({ user, user_session_id, joined_at }) {
    return {
      userId: user.id,
      sessionId: user_session_id,
      name: user.name ?? user.id,
      image: user.image,
      joinedAt: joined_at,
      isLocalParticipant: user_session_id === this.#sessionId,
    };
  }

  #came(participant) {
    const others = this.state.participants.filter((one) => one.sessionId !== participant.user_session_id);
    this.#values.participants.set([...others, this.#participant(participant)]);
  }

  #went(participant) {
    const left = participant.user_session_id;
    this.#values.participants.set(this.state.participants.filter((one) => one.sessionId !== left));
    if (left !== this.#sessionId) return;
    this.#sessionId = "";
    if (this.state.callingState === CallingState.JOINED) this.#gone();
  }
}
