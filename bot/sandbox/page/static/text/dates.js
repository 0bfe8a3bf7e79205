// Times as one person's device shows them: in their zone, by their clock.

const SHOWN = new Map();

function format(tz, options) {
  const key = `${tz} ${JSON.stringify(options)}`;
  if (!SHOWN.has(key)) SHOWN.set(key, new Intl.DateTimeFormat("en-US", { timeZone: tz, ...options }));
  return /** @type {Intl.DateTimeFormat} */ (SHOWN.get(key));
}

/** The parts of a moment (in seconds) on the wall in this zone. */
function wall(seconds, tz) {
  const parts = format(tz, {
    year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit",
    hourCycle: "h23",
  }).formatToParts(new Date(seconds * 1000));
  return Object.fromEntries(parts.map((part) => [part.type, part.value]));
}

/** `2026-12-01T09:30` on the wall in this zone, as seconds; what the wall skips is taken an hour later. */
export function moment(local, tz) {
  const asUtc = Date.parse(`${local.slice(0, 16)}:00Z`) / 1000;
  let guess = asUtc;
  for (let tries = 0; tries < 3; tries += 1) {
    const shown = wall(guess, tz);
    const off = asUtc - Date.parse(`${shown.year}-${shown.month}-${shown.day}T${shown.hour}:${shown.minute}:00Z`) / 1000;
    if (!off) break;
    guess += off;
  }
  return guess;
}

/** The other way: what a date-and-time field shows. */
export function local(seconds, tz) {
  const { year, month, day, hour, minute } = wall(seconds, tz);
  return `${year}-${month}-${day}T${hour}:${minute}`;
}

/** The time of day. */
export function time(seconds, user, { secs = false } = {}) {
  const { hour, minute, second } = wall(seconds, user.tz);
  const tail = secs ? `:${second}` : "";
  if (user.hours24) return `${hour}:${minute}${tail}`;
  return `${Number(hour) % 12 || 12}:${minute}${tail} ${Number(hour) < 12 ? "AM" : "PM"}`;
}

/** Weekday and day, for the line between two days and for the clock. */
export function day(seconds, tz) {
  return format(tz, { weekday: "long", month: "long", day: "numeric" }).format(new Date(seconds * 1000));
}

/**
 * A `<!date^…>` as this person reads it.
 * https://docs.slack.dev/messaging/formatting-message-text#date-formatting
 */
export function formatted(seconds, pattern, fallback, user, now) {
  if (!Number.isFinite(seconds)) return fallback;
  return pattern.replace(/\{(\w+)\}/g, (whole, token) => shownAs(token, seconds, user, now) ?? whole);
}

function shownAs(token, seconds, user, now) {
  if (token.endsWith("_pretty")) {
    const near = nearby(seconds, user.tz, now);
    if (near) return near;
  }
  const { year, month, day: date } = wall(seconds, user.tz);
  const name = (options) => format(user.tz, options).format(new Date(seconds * 1000));
  return {
    date_num: () => `${year}-${month}-${date}`,
    date: () => `${name({ month: "long" })} ${ordinal(Number(date))}, ${year}`,
    date_short: () => `${name({ month: "short" })} ${Number(date)}, ${year}`,
    date_long: () => `${name({ weekday: "long" })}, ${name({ month: "long" })} ${ordinal(Number(date))}, ${year}`,
    time: () => time(seconds, user),
    time_secs: () => time(seconds, user, { secs: true }),
    ago: () => ago(seconds - now),
  }[token.replace(/_pretty$/, "")]?.();
}

function nearby(seconds, tz, now) {
  const midnight = (at) => {
    const { year, month, day: date } = wall(at, tz);
    return Date.UTC(Number(year), Number(month) - 1, Number(date));
  };
  return { "-1": "yesterday", 0: "today", 1: "tomorrow" }[Math.round((midnight(seconds) - midnight(now)) / 86400000)];
}

/** “in 5 minutes”, “2 hours ago”. */
function ago(left) {
  const minutes = Math.round(Math.abs(left) / 60);
  const amount = minutes < 120 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`;
  return left > 0 ? `in ${amount}` : `${amount} ago`;
}

/** A length of time in few letters: `28 s`, `9 min`, `17 h`. */
export function brief(seconds) {
  const s = Math.max(0, Math.round(seconds));
  if (s < 100) return `${s} s`;
  if (s < 5400) return `${Math.round(s / 60)} min`;
  return s < 172800 ? `${Math.round(s / 3600)} h` : `${Math.round(s / 86400)} days`;
}

function ordinal(n) {
  const teen = n % 100 >= 10 && n % 100 <= 20;
  return `${n}${(!teen && { 1: "st", 2: "nd", 3: "rd" }[n % 10]) || "th"}`;
}
