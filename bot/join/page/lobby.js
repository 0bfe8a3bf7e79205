// Before the call: how one will look and sound, who is there, and, for the caller, who is being rung.

import { Devices } from "./devices.js";
import { face, h, match, say } from "./dom.js";
import { answer, people, title } from "./phase.js";
import * as sdk from "./sdk.js";

export class Lobby {
  constructor(room) {
    this.room = room;
    this.devices = new Devices(room);
    this.kicker = h("p", { class: "kicker" });
    this.heading = h("h1");
    this.words = h("p", { class: "words" });
    this.list = h("ul", { class: "answers", "aria-label": "Who is rung" });
    this.join = h("button", { type: "button", class: "primary", on: { click: () => room.join() } });
    this.no = h("button", { type: "button", class: "danger", on: { click: () => this.#no() } });
    this.problem = h("p", { class: "problem", role: "alert", hidden: true });
    this.node = h("section", { class: "lobby" }, this.devices.node, h("div", { class: "card about" },
      this.kicker, this.heading, this.words, this.list, this.problem,
      h("p", { class: "acts" }, this.join, this.no), sdk.notice() && h("p", { class: "soft note" }, sdk.notice())));
  }

  update(now, is) {
    this.is = is;
    this.node.dataset.phase = is;
    say(this.kicker, KICKERS[is]);
    say(this.heading, is === "incoming" ? `${now.caller.name} is ringing you` : title(now));
    say(this.words, words(now, is, this.room.told.me.id));
    say(this.join, is === "joining" ? "Joining…" : is === "incoming" ? "Accept and join" : "Join now");
    this.join.hidden = is === "waiting";
    this.join.disabled = is === "joining";
    say(this.no, is === "waiting" ? "Cancel the call" : "Decline");
    this.no.hidden = !["waiting", "incoming"].includes(is);
    this.list.hidden = !now.isCaller || !this.room.told.call.rung;
    match(this.list, this.list.hidden ? [] : now.callees, (one) => one.id, row, (node, one) => change(node, answer(now, one.id)));
    this.problem.hidden = !this.room.problem;
    say(this.problem, this.room.problem);
    this.devices.update(now);
  }

  close() {
    this.devices.close();
  }

  #no() {
    if (this.is === "waiting") this.room.cancel();
    else this.room.decline();
  }
}

const KICKERS = { lobby: "Ready to join?", waiting: "Ringing", incoming: "Incoming call", joining: "Joining" };

function words(now, is, me) {
  if (is === "waiting") return "You are joined as soon as somebody accepts.";
  const others = [...new Set(now.people.filter(({ userId }) => userId !== me).map(({ name }) => name))];
  if (others.length > 0) return `${people(others)} ${others.length === 1 ? "is" : "are"} in the call.`;
  return is === "incoming" ? "" : "Nobody else is in the call yet.";
}

function row({ name, image }) {
  const status = h("span", { class: "status" });
  return Object.assign(h("li", {}, face(name, image), h("span", { class: "name" }, name), status), { status });
}

function change(node, said) {
  node.dataset.answer = said;
  say(node.status, said === "ringing" ? "ringing…" : said);
}
