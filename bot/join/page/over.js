// After the call: how it ended, or the way back in where one has left and it goes on.

import { h, say } from "./dom.js";
import { icon } from "./icons.js";

export class Over {
  constructor(room) {
    this.room = room;
    this.heading = h("h1");
    this.words = h("p", { class: "words" });
    this.problem = h("p", { class: "problem", role: "alert", hidden: true });
    this.again = h("button", { type: "button", class: "primary", on: { click: () => room.again() } }, "Back to the call");
    this.acts = h("p", { class: "acts" }, this.again);
    this.node = h("section", { class: "card over" }, h("span", { class: "badge" }, icon("leave")), this.heading, this.words,
      this.problem, this.acts, h("p", { class: "soft" }, "You can close this tab. In Slack the call’s thread tells its story."));
  }

  update(now, is) {
    const ended = is === "ended";
    const declined = this.room.known.declined;
    say(this.heading, ended ? "The call is over" : declined ? "You declined" : "You are not in the call");
    say(this.words, ended ? this.room.ending(now) : declined ? "The call goes on without you." : "It goes on without you.");
    say(this.again, declined ? "Join after all" : "Back to the call");
    this.acts.hidden = ended;
    this.problem.hidden = !this.room.problem;
    say(this.problem, this.room.problem);
  }
}
