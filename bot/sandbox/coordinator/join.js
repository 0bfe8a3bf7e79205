// Joins and leaves a call on the stand-in coordinator, with the token its own address carries.
const query = new URLSearchParams(location.search);
const cid = `${query.get("type") || "default"}:${query.get("id") || ""}`;
const userId = query.get("user_id") || "";
const token = query.get("token") || "";
const shown = (id) => document.getElementById(id);

async function ask(what) {
  const answer = await fetch(`/sandbox/${what}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ cid, token }),
  });
  const found = await answer.json();
  if (!answer.ok) throw new Error(found.message || "The coordinator refused.");
  return found;
}

function show(call) {
  shown("topic").textContent = call.topic || "A call";
  shown("who").textContent = `You are ${call.you}. Called by ${call.created_by}.`;
  shown("people").replaceChildren(...call.participants.map((name) => {
    const item = document.createElement("li");
    item.textContent = name;
    return item;
  }));
  shown("state").textContent = call.ended ? "The call has ended." : call.in ? "You are in the call." : "You are not in the call.";
  shown("join").disabled = call.ended || call.in;
  shown("leave").disabled = !call.in;
}

async function act(what) {
  shown("join").disabled = shown("leave").disabled = true;
  try {
    show(await ask(what));
  } catch (error) {
    shown("state").textContent = error.message;
  }
}

async function look() {
  try {
    show(await ask("state"));
  } catch (error) {
    shown("state").textContent = error.message;
  }
}

shown("join").addEventListener("click", () => act("join"));
shown("leave").addEventListener("click", () => act("leave"));
await look();
setInterval(look, 2000);
