// Who sits before this pane: their name to change them by, and the time where they are.

import { h, match, mint, say } from "../dom.js";
import { now, realName, store } from "../store.js";
import { time } from "../text/dates.js";
import { avatar } from "./avatar.js";

export class Who {
  /** @param {import("../store.js").User} user @param {(who: string) => void} onChoose */
  constructor(user, onChoose) {
    const id = mint("who");
    this.user = user;
    this.select = h("select", { id, class: "who-select", on: { change: () => onChoose(this.select.value) } });
    this.clock = h("span", { class: "who-clock" });
    this.node = h("header", { class: "who" }, avatar(user.id), h("label", { class: "unseen", for: id }, "Who sits here"), this.select, this.clock);
    this.update(user);
    this.select.value = user.id;
  }

  update(user) {
    this.user = user;
    match(this.select, store.people, (each) => each, (each) => h("option", { value: each }, realName(each)), () => {});
    this.tick();
  }

  tick() {
    say(this.clock, `${time(now(), this.user)} · ${this.user.tz.split("/").at(-1).replaceAll("_", " ")}`);
  }

  focus() {
    this.select.focus();
  }
}
