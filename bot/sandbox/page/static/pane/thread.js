// The replies under one message, in a side pane of their own.

import { h } from "../dom.js";
import { icon } from "../icons.js";
import { send } from "../send.js";
import { visible } from "../store.js";
import { Composer } from "./composer.js";
import { Messages } from "./messages.js";

export class Thread {
  /**
   * @param {import("./message.js").Reader} reader
   * @param {import("../store.js").Message} root
   * @param {() => void} onClose
   */
  constructor(reader, root, onClose) {
    this.reader = reader;
    this.root = root;
    this.messages = new Messages({ ...reader, openThread: null }, "The thread");
    this.composer = new Composer({
      label: "Reply…", who: reader.user.id,
      onSend: (text) => send("type", { who: reader.user.id, channel: root.channel, text, thread: root.ts }),
    });
    this.node = h("aside", { class: "thread", "aria-label": "Thread", on: { keydown: (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      onClose();
    } } },
    h("header", { class: "thread-head" }, h("h3", {}, "Thread"),
      h("button", { type: "button", class: "quiet icon-button", "aria-label": "Close the thread", on: { click: onClose } }, icon("close"))),
    this.messages.node, this.composer.node);
  }

  update() {
    const { channel, ts } = this.root;
    this.messages.show(visible(channel, this.reader.user.id).filter((m) => m.ts === ts || m.thread === ts));
  }
}
