// Asks for a new link: it is sent to the person this one was for, in Slack, and to nobody else.

const button = document.getElementById("again");
const said = document.getElementById("said");

button?.addEventListener("click", async () => {
  button.disabled = true;
  said.textContent = "Asking…";
  try {
    const answer = await fetch(button.dataset.at, { method: "POST" });
    const { wait } = await answer.json();
    if (answer.ok) said.textContent = "Sent. Look at your messages from Huddle Ringer in Slack.";
    else if (wait !== undefined) said.textContent = "One was sent just now. Look at your messages from Huddle Ringer in Slack.";
    else said.textContent = "That call is over.";
  } catch {
    said.textContent = "Nothing could be sent. Are you online?";
    button.disabled = false;
  }
});
