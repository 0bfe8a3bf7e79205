// A list that opens under its button, above everything else, and closes by Escape or a press elsewhere.

import { h, mint } from "../dom.js";

/**
 * @param {HTMLElement} anchor  what it opens under
 * @param {HTMLElement} content
 * @param {{onClose?: () => void}} [told]
 */
export function popup(anchor, content, { onClose = () => {} } = {}) {
  const id = mint("popup");
  const box = h("div", { class: "popup", popover: "manual", id }, content);
  const outside = (event) => {
    if (!box.contains(event.target) && !anchor.contains(event.target)) close(false);
  };
  const place = () => {
    const at = anchor.getBoundingClientRect();
    const size = box.getBoundingClientRect();
    const below = window.innerHeight - at.bottom;
    const up = below < size.height + 12 && at.top > below;
    box.style.left = `${Math.max(8, Math.min(at.left, window.innerWidth - size.width - 8))}px`;
    box.style.top = up ? `${Math.max(8, at.top - size.height - 6)}px` : `${at.bottom + 6}px`;
  };
  const close = (back = true) => {
    if (!isOpen()) return;
    box.hidePopover();
    document.removeEventListener("pointerdown", outside, true);
    window.removeEventListener("resize", place);
    window.removeEventListener("scroll", place, true);
    if (back) anchor.focus({ preventScroll: true });
    onClose();
  };
  const open = () => {
    if (!box.isConnected) anchor.after(box);
    box.style.minWidth = `${anchor.getBoundingClientRect().width}px`;
    box.showPopover();
    place();
    document.addEventListener("pointerdown", outside, true);
    window.addEventListener("resize", place);
    window.addEventListener("scroll", place, true);
  };
  const isOpen = () => box.isConnected && box.matches(":popover-open");
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    close();
  });
  return { id, box, open, close, place, isOpen };
}
