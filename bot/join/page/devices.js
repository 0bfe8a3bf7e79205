// One's own camera and microphone: a preview, two switches, and which of several devices is used.

import { face, h, say } from "./dom.js";
import { icon } from "./icons.js";
import * as sdk from "./sdk.js";

/** A switch for one device; it says what pressing it would do. */
export function deviceSwitch(room, kind) {
  const node = h("button", { type: "button", class: "switch", on: { click: () => room.turn(kind, node.dataset.on !== "yes") } });
  node.update = (on) => {
    if (node.dataset.on === (on ? "yes" : "no")) return;
    node.dataset.on = on ? "yes" : "no";
    const words = on ? `Turn off ${kind}` : `Turn on ${kind}`;
    node.setAttribute("aria-label", words);
    node.title = words;
    node.replaceChildren(icon(kind, { off: !on }));
  };
  return node;
}

/** Which camera, which microphone: shown where there is a choice. */
export function deviceChoice(room, kind) {
  const id = `choose-${kind}`;
  const select = h("select", { id, on: { change: () => sdk.select(room.call, kind, select.value) } });
  const node = h("label", { class: "choice", for: id }, h("span", {}, kind === "camera" ? "Camera" : "Microphone"), select);
  node.stop = sdk.watchDevices(room.call, kind, (found) => {
    const named = found.filter((one) => one.deviceId);
    select.disabled = named.length < 2;
    select.replaceChildren(...(named.length > 0 ? named : [{ deviceId: "", label: "None can be used" }]).map(
      (one, at) => h("option", { value: one.deviceId }, one.label || `${kind === "camera" ? "Camera" : "Microphone"} ${at + 1}`)));
    const chosen = sdk.selected(room.call, kind);
    if (named.some((one) => one.deviceId === chosen)) select.value = chosen;
  });
  return node;
}

export class Devices {
  constructor(room) {
    this.room = room;
    const me = room.told.me.name;
    this.video = h("video", { class: "mirrored", muted: true, autoplay: true, playsInline: true, "aria-label": "How others will see you" });
    this.words = h("p", { class: "preview-words" });
    this.off = h("div", { class: "preview-off" }, face(me), this.words);
    this.switches = [deviceSwitch(room, "microphone"), deviceSwitch(room, "camera")];
    this.choices = [deviceChoice(room, "microphone"), deviceChoice(room, "camera")];
    this.node = h("div", { class: "mine" },
      h("div", { class: "preview" }, this.video, this.off, h("div", { class: "switches", role: "group", "aria-label": "Your devices" }, ...this.switches)),
      h("div", { class: "choices" }, ...this.choices));
  }

  update(now) {
    const stream = now.camera ? sdk.preview(this.room.call) : null;
    if (this.video.srcObject !== stream) this.video.srcObject = stream;
    this.video.hidden = !stream;
    this.off.hidden = Boolean(stream);
    say(this.words, this.room.denied.camera ? "Your browser does not let this page use a camera" : "Your camera is off");
    this.switches[0].update(now.microphone);
    this.switches[1].update(now.camera);
  }

  close() {
    this.video.srcObject = null;
    for (const choice of this.choices) choice.stop();
  }
}
