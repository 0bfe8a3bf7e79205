// In the call: who is in, one's own devices, and the ways out.

import { deviceChoice, deviceSwitch } from "./devices.js";
import { face, h, match, say } from "./dom.js";
import { icon } from "./icons.js";
import * as sdk from "./sdk.js";

const TROUBLE = {
  reconnecting: "The connection was lost. Reconnecting…",
  migrating: "Moving to a better server…",
  offline: "You are offline. The call goes on when you are back.",
  "reconnecting-failed": "The connection could not be brought back.",
};

export class Inside {
  constructor(room) {
    this.room = room;
    this.trouble = h("p", { class: "trouble", role: "status", hidden: true });
    this.problem = h("p", { class: "problem", role: "alert", hidden: true });
    this.sound = h("button", { type: "button", class: "sound", hidden: true, on: { click: () => this.#play() } }, icon("sound"), "Turn on sound");
    this.tiles = h("ul", { class: "tiles", "aria-label": "In the call" });
    this.alone = h("p", { class: "alone soft" }, "You are the only one here.");
    this.time = h("span", { class: "time", role: "timer", "aria-label": "How long the call has lasted" });
    this.switches = [deviceSwitch(room, "microphone"), deviceSwitch(room, "camera")];
    this.choices = [];
    this.more = h("div", { class: "more card", id: "more", hidden: true });
    this.moreButton = h("button", { type: "button", class: "switch", "aria-expanded": "false", "aria-controls": "more", "aria-label": "Choose devices", title: "Choose devices", on: { click: () => this.#toggleMore() } }, icon("settings"));
    this.leave = h("button", { type: "button", class: "hang-up", on: { click: () => room.leave() } }, icon("leave"), "Leave");
    this.end = h("button", { type: "button", class: "quiet", on: { click: () => this.#confirm(true) } }, "End for all");
    this.sure = h("div", { class: "sure", role: "group", "aria-label": "End the call for everybody?", hidden: true },
      h("span", {}, "End it for everybody?"),
      h("button", { type: "button", class: "danger", on: { click: () => this.#endIt() } }, "End for all"),
      h("button", { type: "button", on: { click: () => this.#confirm(false) } }, "Go on"));
    this.node = h("section", { class: "inside" },
      h("h1", { class: "unseen" }, "In the call"), this.trouble, this.tiles, this.alone,
      h("div", { class: "foot" }, this.problem, this.sure, this.more,
        h("div", { class: "bar", role: "toolbar", "aria-label": "The call" }, this.time, this.sound, ...this.switches, this.moreButton, this.leave, this.end),
        sdk.notice() && h("p", { class: "soft note" }, sdk.notice())));
    this.ticking = setInterval(() => this.#tick(), 1000);
    this.since = new Date();
  }

  update(now) {
    this.since = now.startedAt ?? this.since;
    say(this.trouble, TROUBLE[now.callingState] ?? "");
    this.trouble.hidden = !this.trouble.textContent;
    this.problem.hidden = !this.room.problem;
    say(this.problem, this.room.problem);
    match(this.tiles, ordered(now.people), (one) => one.key, (one) => this.#tile(one), changeTile);
    this.tiles.dataset.count = Math.min(now.people.length, 7);
    this.alone.hidden = now.people.length > 1;
    this.switches[0].update(now.microphone);
    this.switches[1].update(now.camera);
    this.#tick();
  }

  close() {
    clearInterval(this.ticking);
    for (const tile of this.tiles.children) tile.gone();
    for (const choice of this.choices) choice.stop();
  }

  #tile(one) {
    const video = h("video", { autoplay: true, playsInline: true, muted: true, class: one.isMe ? "mirrored" : null });
    const audio = one.isMe ? null : h("audio", { autoplay: true, on: { pause: () => { this.sound.hidden = false; } } });
    const muted = h("span", { class: "muted", hidden: true }, icon("microphone", { off: true }), h("span", { class: "unseen" }, "muted"));
    const node = h("li", { class: "tile" }, face(one.name, one.image), video, audio,
      h("span", { class: "name" }, one.isMe ? `${one.name} (you)` : one.name, muted));
    const stops = [sdk.showVideo(this.room.call, video, one.key), audio && sdk.playAudio(this.room.call, audio, one.key)];
    return Object.assign(node, { video, muted, gone: () => stops.forEach((stop) => stop?.()) });
  }

  #play() {
    for (const audio of this.tiles.querySelectorAll("audio")) audio.play().catch(() => {});
    this.sound.hidden = true;
  }

  #toggleMore() {
    if (this.choices.length === 0) {
      this.choices = ["microphone", "camera"].map((kind) => deviceChoice(this.room, kind));
      this.more.append(...this.choices);
    }
    this.more.hidden = !this.more.hidden;
    this.moreButton.setAttribute("aria-expanded", String(!this.more.hidden));
  }

  #confirm(open) {
    this.sure.hidden = !open;
    this.end.hidden = open;
    (open ? this.sure.querySelector("button") : this.end).focus();
  }

  #endIt() {
    this.#confirm(false);
    this.room.end();
  }

  #tick() {
    const seconds = Math.max(0, Math.floor((Date.now() - this.since) / 1000));
    const two = (number) => String(number).padStart(2, "0");
    const hours = Math.floor(seconds / 3600);
    say(this.time, `${hours ? `${hours}:` : ""}${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`);
  }
}

/** Others first, oneself last. */
const ordered = (people) => [...people.filter(({ isMe }) => !isMe), ...people.filter(({ isMe }) => isMe)];

function changeTile(node, one) {
  node.video.hidden = !one.hasVideo;
  node.muted.hidden = !one.isMuted;
  node.toggleAttribute("data-speaking", one.isSpeaking);
}
