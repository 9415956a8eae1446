const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 16_000;
/** A server may ask for more patience than ours; not for a day. */
const LONGEST_ASKED_MS = 60_000;

/** The same request may go better in a moment: the server is ill or busy. Every other 4xx is an answer. */
export function isWorthRepeating(status: number): boolean {
  return status >= 500 || status === 429;
}

/**
 * How long to wait after this many tries: 1, 2, 4, 8, 16 s with the usual first delay, each spread over its upper half so
 * that many clients do not come back as one; what the server asks for in Retry-After comes first.
 */
export function backoffMs(
  tries: number,
  retryAfter: string | null,
  { firstDelayMs = FIRST_DELAY_MS, random = Math.random } = {},
): number {
  const asked = retryAfterMs(retryAfter);
  if (asked !== null) return Math.min(asked, LONGEST_ASKED_MS);
  const delayMs = Math.min(firstDelayMs * 2 ** (tries - 1), LONGEST_DELAY_MS);
  return Math.round(delayMs * (0.5 + random() / 2));
}

/** Seconds or an HTTP date. */
function retryAfterMs(value: string | null): number | null {
  if (value === null) return null;
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1_000 : Date.parse(value) - Date.now();
  return Number.isNaN(ms) ? null : Math.max(0, ms);
}
