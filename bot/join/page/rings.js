// Other calls that ring while one is here: somebody's for this person, or one that this person makes in Slack.

import { face, h, match, say } from "./dom.js";
import { people } from "./phase.js";
import * as sdk from "./sdk.js";

export class Rings {
  constructor(room, node) {
    this.room = room;
    this.node = node;
  }

  show(rings) {
    const others = rings.filter(({ call }) => call.id !== this.room.told.call.id);
    match(this.node, others, ({ call }) => call.id, (ring) => this.#ring(ring), () => {});
  }

  #ring({ call, isMine }) {
    const now = sdk.look(call);
    const who = isMine ? people(now.callees.map(({ name }) => name)) : now.caller.name;
    const heading = h("strong");
    say(heading, isMine ? `You are ringing ${who}` : `${who} is ringing you`);
    const take = () => this.room.takes(call);
    const drop = () => this.room.refuses(call, isMine ? "cancel" : "decline");
    return h("section", { class: "ring card", "aria-label": heading.textContent },
      face(who), h("div", { class: "ring-words" }, heading, now.topic && h("span", { class: "soft" }, now.topic)),
      h("div", { class: "acts" },
        h("button", { type: "button", class: "primary", on: { click: take } }, isMine ? "Go there" : "Accept"),
        h("button", { type: "button", class: "danger", on: { click: drop } }, isMine ? "Cancel" : "Decline")));
  }
}
