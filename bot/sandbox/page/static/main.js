// Puts the page together: its head, the story, the two panes, the drawer; then lets the feed keep them true.

import { clockBar } from "./behind/clock.js";
import { Drawer } from "./behind/drawer.js";
import { h } from "./dom.js";
import { listenToSandbox } from "./feed.js";
import { complain } from "./send.js";
import { Stage } from "./stage.js";
import { listen, store } from "./store.js";
import { Story } from "./story.js";
import { themeButton } from "./theme.js";

const stage = new Stage(document.getElementById("stage"));
const story = new Story(stage);
const drawer = new Drawer();
stage.onTurn = () => story.scene && story.update();
const clock = clockBar();
const lost = h("p", { class: "lost", role: "status", hidden: true }, "The sandbox does not answer. Trying again…");

document.getElementById("top").append(
  h("div", { class: "brand" }, h("img", { src: "/static/icon.svg", alt: "", width: "28", height: "28" }),
    h("h1", {}, "Switchboard"), h("span", { class: "brand-more" }, "the Huddle Ringer sandbox")),
  clock.node,
  h("div", { class: "top-buttons" }, story.opener, drawer.opener("log", "API calls", "wires"), drawer.opener("faults", "Break things", "crack"), themeButton()),
  lost);
document.getElementById("story").replaceWith(story.node);
document.getElementById("drawer").replaceWith(drawer.node);

let born = "";

listen((touched, arrivals) => {
  if (touched.has("snapshot") && born !== store.born) {
    born = store.born;
    stage.open();
    story.begun = false;
    document.body.dataset.ready = "yes";
  } else stage.update(touched, arrivals);
  if (touched.has("snapshot")) story.start();
  else story.update();
  drawer.update(touched);
  clock.tick();
});

setInterval(() => {
  if (!born) return;
  clock.tick();
  stage.tick();
}, 500);

listenToSandbox((connected) => { lost.hidden = connected; });
window.addEventListener("unhandledrejection", () => complain("Something on this page went wrong. Reload it to go on."));
