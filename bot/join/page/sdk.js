// The only module that speaks to Stream's browser SDK: the few calls of it that this page makes, as its documentation
// describes them (https://getstream.io/video/docs/javascript/). What a version of it lacks is done without.

const NAME = "@stream-io/video-client"; // the import map says where it is
const CHANGES = ["callingState", "participants", "session", "members", "endedAt", "ownCapabilities", "custom"];
const EVENTS = ["call.accepted", "call.rejected", "call.missed", "call.ended", "call.ring", "call.session_participant_left"];

let sdk = null;

/** Loads it. Rejects where it cannot be loaded, or is something else. */
export async function load() {
  sdk = await import(NAME);
  if (!sdk.StreamVideoClient) throw new Error("What STREAM_SDK_URL names has no StreamVideoClient.");
}

/** Something to tell people about this SDK; the sandbox's has no media. */
export const notice = () => sdk?.notice ?? "";

/**
 * @param {any} told  what the bot says of this person (ask.session)
 * @param {() => Promise<string>} tokenProvider
 */
export function connect(told, tokenProvider) {
  const user = { id: told.me.id, name: told.me.name };
  const options = told.base_url ? { baseURL: told.base_url } : {};
  return new sdk.StreamVideoClient({ apiKey: told.api_key, user, token: told.token, tokenProvider, options });
}

/** The call, with what Stream knows of it. */
export async function open(client, { type, id }) {
  const call = client.call(type, id);
  await call.get();
  return call;
}

export const refresh = (call) => call.get();

/** Calls `changed(event?)` whenever anything about the call does; answers what stops that. */
export function watch(call, changed) {
  const stops = CHANGES.map((name) => subscribe(call.state[`${name}$`], () => changed()));
  for (const device of [call.camera, call.microphone]) {
    stops.push(subscribe(device?.state?.status$, () => changed()), subscribe(device?.state?.mediaStream$, () => changed()));
  }
  for (const type of EVENTS) stops.push(call.on(type, changed));
  return () => stops.forEach((stop) => stop?.());
}

const isRinging = (call) => call.state.callingState === "ringing";

/** The calls that ring: {call, isMine}. Mine are those this person makes. */
export function watchRings(client, changed) {
  const watched = new Map();
  const tell = () => changed([...watched.keys()].filter(isRinging).map((call) => ({ call, isMine: Boolean(call.isCreatedByMe) })));
  return subscribe(client.state?.calls$, (calls) => {
    for (const [call, stop] of watched) if (!calls.includes(call)) (watched.delete(call), stop());
    for (const call of calls) {
      if (!watched.has(call)) watched.set(call, () => {}), watched.set(call, subscribe(call.state.callingState$, tell));
    }
    tell();
  });
}

function subscribe(observable, next) {
  const subscription = observable?.subscribe?.(next);
  return () => subscription?.unsubscribe?.();
}

/** How the call stands, as plain values. */
export function look(call) {
  const { session, members = [], createdBy, participants = [], callingState, endedAt, custom } = call.state;
  const users = new Map(members.map((member) => [member.user_id ?? member.user?.id, member.user ?? {}]));
  const named = (id) => users.get(id)?.name || id;
  return {
    callingState: callingState ?? "unknown",
    caller: { id: createdBy?.id ?? "", name: createdBy?.name || createdBy?.id || "Somebody" },
    isCaller: Boolean(call.isCreatedByMe),
    callees: [...users].filter(([id]) => id !== createdBy?.id).map(([id, user]) => ({ id, name: named(id), image: user.image })),
    accepted: new Set(Object.keys(session?.accepted_by ?? {})),
    rejected: new Set(Object.keys(session?.rejected_by ?? {})),
    missed: new Set(Object.keys(session?.missed_by ?? {})),
    startedAt: session?.started_at ? new Date(session.started_at) : null,
    ended: Boolean(endedAt),
    topic: custom?.topic ?? "",
    people: participants.length ? participants.map((one) => person(call, one, named)) : waiting(session),
    camera: isOn(call, "camera"),
    microphone: isOn(call, "microphone"),
  };
}

const isOn = (call, kind) => call[kind]?.state?.status === "enabled";

function person(call, one, named) {
  const isMe = Boolean(one.isLocalParticipant);
  const sees = sdk.hasVideo ? sdk.hasVideo(one) : Boolean(one.videoStream);
  return {
    key: one.sessionId,
    userId: one.userId,
    name: one.name || named(one.userId),
    image: one.image,
    isMe,
    hasVideo: isMe ? isOn(call, "camera") : sees,
    isMuted: isMe ? !isOn(call, "microphone") : sdk.hasAudio ? !sdk.hasAudio(one) : false,
    isSpeaking: Boolean(one.isSpeaking),
  };
}

/** Who is in, before one is in oneself. */
function waiting(session) {
  return (session?.participants ?? []).map(({ user, user_session_id: key }) => (
    { key, userId: user?.id, name: user?.name || user?.id, image: user?.image, isMe: false, hasVideo: false }));
}

export async function join(call) {
  try {
    await call.join();
  } catch (error) {
    if (!["joining", "joined"].includes(call.state.callingState)) throw error; // The SDK of a caller joins by itself.
  }
}

/** Decline, or with "cancel" take back; also what has stopped ringing for this client. */
export async function reject(call, reason) {
  if (isRinging(call)) await call.leave({ reject: true, reason });
  else await call.reject(reason);
}

export const leave = (call) => call.leave();
export const end = (call) => call.endCall();
export const goodbye = (client) => client.disconnectUser?.();

/** `kind`: "camera" or "microphone". */
export const turn = (call, kind, on) => (on ? call[kind].enable() : call[kind].disable());
export const select = (call, kind, id) => call[kind].select(id);
export const selected = (call, kind) => call[kind]?.state?.selectedDevice ?? "";
export const preview = (call) => call.camera?.state?.mediaStream ?? null;
export const defaults = (call) => ({
  camera: call.state.settings?.video?.camera_default_on ?? true,
  microphone: call.state.settings?.audio?.mic_default_on ?? true,
});

/** Tells of the devices there are, now and when one is plugged in. */
export function watchDevices(call, kind, found) {
  return subscribe(call[kind]?.listDevices?.(), { next: found, error: () => found([]) });
}

/** Shows (lets hear) somebody in an element; answers what stops that. */
export const showVideo = (call, element, session) => call.bindVideoElement?.(element, session, "videoTrack");
export const playAudio = (call, element, session) => call.bindAudioElement?.(element, session);

/** Stream says that this person may not: HTTP 403, code 17. */
export const isForbidden = (error) => error?.code === 17 || error?.status === 403 || error?.response?.status === 403;
