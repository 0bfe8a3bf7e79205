// The blocks of a modal or of Home, with what their fields hold.

import { drawBlocks } from "../blocks/blocks.js";
import { fieldOf } from "../blocks/held.js";
import { h } from "../dom.js";
import { send } from "../send.js";

export class Form {
  /**
   * @param {import("../store.js").View} view
   * @param {import("../store.js").User} user
   * @param {(dialog: any) => Promise<boolean>} confirm
   */
  constructor(view, user, confirm) {
    this.user = user;
    this.confirm = confirm;
    this.node = h("div", { class: "form" });
    this.noted = Promise.resolve();
    this.update(view);
  }

  update(view) {
    if (this.view === view) return;
    this.view = view;
    drawBlocks(this.node, view.blocks, {
      user: this.user,
      confirm: this.confirm,
      use: (block, element, value) => this.use(block, element, value),
      value: (block, element) => this.view.values[block.block_id]?.[element.action_id] ?? null,
      error: (blockId) => this.view.errors[blockId],
    });
  }

  use(block, element, value) {
    const quiet = block.type === "input";
    const used = send("use", {
      who: this.user.id, view: this.view.id, block: block.block_id, action: element.action_id, value,
    }, { quiet });
    if (quiet) this.noted = used;
    return used;
  }

  /** Everything as it stands now, by block_id and action_id. */
  values() {
    const found = {};
    const blocks = this.view.blocks;
    for (const [at, node] of [...this.node.children].entries()) {
      const block = blocks[at];
      const element = block?.element;
      const field = element && fieldOf(node);
      if (field) found[block.block_id] = { [element.action_id]: field.get() };
    }
    return found;
  }
}
