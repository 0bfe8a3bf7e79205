// Opens the page: exchanges the link for a seat in the call, loads Stream's browser SDK, and shows the room.

import { Refused, session } from "./ask.js";
import { h } from "./dom.js";
import { Room } from "./room.js";
import * as sdk from "./sdk.js";

const page = document.getElementById("page");
const TRIES = 20;
const LOOKED_AGAIN = "looked again";

function card(title, words, ...acts) {
  page.replaceChildren(h("section", { class: "card" },
    h("img", { class: "mark", src: new URL("icon.svg", import.meta.url).href, alt: "", width: 44, height: 44 }), h("h1", {}, title), h("p", { role: "status" }, words),
    acts.length > 0 && h("p", { class: "acts" }, ...acts)));
}

const again = () => h("button", { type: "button", on: { click: () => location.reload() } }, "Try again");

/** Nothing is accepted by a page that is only being prepared, or that nobody looks at. */
async function seen() {
  while (document.prerendering) await once("prerenderingchange");
  while (document.visibilityState === "hidden") await once("visibilitychange");
}

const once = (event) => new Promise((done) => document.addEventListener(event, done, { once: true }));
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** Who they are on Stream may still be being found out. */
async function seated() {
  for (let tried = 1; ; tried++) {
    try {
      return await session();
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 503 || tried === TRIES) throw error;
      await pause(500);
    }
  }
}

async function open() {
  if (!document.querySelector('script[type="importmap"]')) {
    card("This page is not set up yet", "It needs the address of Stream’s browser SDK: whoever runs Huddle Ringer has to set "
      + "STREAM_SDK_URL (ringer doctor says the same). Your link has not been used.");
    return;
  }
  await seen();
  try {
    await sdk.load();
  } catch {
    card("Stream’s browser SDK could not be loaded", "It comes from the address that STREAM_SDK_URL names. If your network lets "
      + "you reach that, whoever runs Huddle Ringer should look at it. Your link has not been used.", again());
    return;
  }
  const told = await seated();
  sessionStorage.removeItem(LOOKED_AGAIN);
  history.replaceState(null, "", told.at);
  document.getElementById("topic").textContent = told.call.topic;
  if (told.over) card("This call is over", told.over);
  else await new Room(told, page).open();
}

/** The bot says why, in place of this page. Once: where it shows this page again, it would be asked for ever. */
function lookAgain(error) {
  if (sessionStorage.getItem(LOOKED_AGAIN) === location.pathname) {
    sessionStorage.removeItem(LOOKED_AGAIN);
    card("You cannot be let in here", error.message, again());
  } else {
    sessionStorage.setItem(LOOKED_AGAIN, location.pathname);
    location.reload();
  }
}

open().catch((error) => {
  if (error.problem === "not_our_page") {
    card("This is not the page’s own address", `Whoever runs Huddle Ringer has to set PUBLIC_URL to where browsers find it, which is ${location.origin} now. `
      + "Your link has not been used.", again());
  } else if (error instanceof Refused && [403, 404, 410].includes(error.status)) lookAgain(error);
  else if (error instanceof Refused && error.status === 0) card("The page cannot be reached", "Are you online?", again());
  else card("Something went wrong", error.message || "Nobody knows what.", again());
});
