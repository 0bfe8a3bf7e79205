// What the page asks of the bot that serves it.

const WORDS = {
  offline: "The page cannot be reached. Are you online?",
  not_yours: "This page is not yours any more. Press Join in Slack.",
  unknown: "That call cannot be joined from here: answer it where it rings.",
};

/** The bot said no, or could not be asked. */
export class Refused extends Error {
  constructor(problem, status) {
    super(WORDS[problem] ?? "That did not work. Try again.");
    this.problem = problem;
    this.status = status;
  }
}

async function post(path, body) {
  let answer;
  try {
    answer = await fetch(path, { method: "POST", body: body ? JSON.stringify(body) : undefined });
  } catch {
    throw new Refused("offline", 0);
  }
  const found = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(found.problem ?? "trouble", answer.status);
  return found;
}

/**
 * Who this browser is in which call. For a link this is what accepts, and exchanges it for a cookie.
 * @returns {Promise<{at: string, call: any, me: any, over: string, api_key: string, base_url: string, token?: string}>}
 */
export const session = () => post(location.pathname);
export const freshToken = async (at) => (await post(`${at}/token`)).token;
/** They take this call, which rings them once more. */
export const accept = (at) => post(`${at}/accept`);
/** They take another call; answers its address. */
export const other = async (at, callId) => (await post(`${at}/other`, { call_id: callId })).at;
