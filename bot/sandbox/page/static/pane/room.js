// What is open in a pane: a channel, a direct message, or the app with its two tabs.

import { h, say } from "../dom.js";
import { icon } from "../icons.js";
import { send } from "../send.js";
import { nameOf, store, visible } from "../store.js";
import { Tabs } from "../tabs.js";
import { Composer } from "./composer.js";
import { Form } from "./form.js";
import { Messages, repliesOf } from "./messages.js";

export class Room {
  /**
   * @param {import("./message.js").Reader} reader
   * @param {import("./places.js").Place} place
   * @param {"messages"|"home"} tab
   */
  constructor(reader, place, tab) {
    this.reader = reader;
    this.place = place;
    this.tab = tab;
    this.messages = new Messages(reader, `Messages in ${place.words}`);
    this.composer = new Composer({ label: this.invitation(), who: reader.user.id, onSend: (text) => this.send(text) });
    this.home = h("div", { class: "home" });
    this.empty = h("p", { class: "empty" });
    this.title = h("h2", {}, place.kind === "channel" ? `#${place.words}` : place.words);
    this.more = h("span", { class: "room-more" });
    this.join = h("div", { class: "join-room", hidden: true }, h("span", {}, `You are not in #${place.words}.`),
      h("button", { type: "button", class: "button primary", on: { click: () => send("enter", { who: reader.user.id, channel: place.channel }) } }, "Join the channel"));
    this.talk = h("div", { class: "talk" }, this.empty, this.messages.node, this.composer.node, this.join);
    this.tabs = place.kind === "app" ? this.tabsOf(place) : null;
    this.node = h("div", { class: "room" }, h("header", { class: "room-head" }, this.title, this.more, this.tabs?.node), this.talk, this.home);
    this.choose(tab);
  }

  invitation() {
    return this.place.kind === "channel" ? `Message #${this.place.words}` : `Message ${this.place.words}`;
  }

  // --- the app's tabs

  tabsOf({ words }) {
    return new Tabs(words, { home: ["Home", this.home], messages: ["Messages", this.talk] }, (name) => this.choose(name));
  }

  choose(tab) {
    this.tab = tab;
    this.tabs?.choose(tab);
    this.talk.hidden = tab !== "messages";
    this.home.hidden = tab !== "home";
    // The app is told each time, and draws Home anew.
    if (tab === "home") send("home", { who: this.reader.user.id });
    this.update(this.place);
  }

  // --- what is there

  update(place) {
    this.place = place;
    const channel = place.channel && store.channels.get(place.channel);
    const shown = channel ? visible(channel.id, this.reader.user.id) : [];
    const roots = new Set(shown.map((message) => message.ts));
    this.messages.show(shown.filter((m) => !m.thread || m.broadcast || !roots.has(m.thread)), repliesOf(shown));
    this.empty.hidden = shown.length > 0;
    say(this.empty, this.nothing(place));
    say(this.more, this.about(channel));
    this.composer.node.hidden = Boolean(channel?.archived || place.open);
    this.join.hidden = !place.open;
    this.drawHome();
  }

  nothing(place) {
    if (place.open) return "What is said here is shown to its members.";
    if (place.kind === "app") return `Calls that ring ${this.reader.user.real} arrive here.`;
    const [ring] = store.commands;
    return `Nothing here yet. Try ${ring?.name || "/ring"} and somebody's name.`;
  }

  about(channel) {
    if (!channel || this.place.kind !== "channel") return this.place.kind === "app" ? "app" : "";
    const people = channel.members.filter((member) => member !== store.bot).map(nameOf);
    return channel.archived ? "archived" : people.join(", ");
  }

  drawHome() {
    const view = store.homes.get(this.reader.user.id);
    if (this.tab !== "home") return;
    if (!view) {
      this.home.replaceChildren(h("p", { class: "empty" }, icon("home"), " Home is on its way…"));
      this.form = null;
    } else if (!this.form || this.form.view.id !== view.id) {
      this.form = new Form(view, this.reader.user, this.reader.confirm);
      this.home.replaceChildren(this.form.node);
    } else this.form.update(view);
  }

  async send(text) {
    let { channel } = this.place;
    channel ||= (await send("talk", { who: this.reader.user.id, with: [store.bot] }))?.channel;
    this.messages.stuck = true;
    if (channel) await send("type", { who: this.reader.user.id, channel, text });
  }

  focus() {
    if (this.tab === "messages") this.composer.input.focus({ preventScroll: true });
  }
}
