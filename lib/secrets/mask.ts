/** Shorter values would turn every "on" and "1" of a log into asterisks and hide nothing worth hiding. */
const SHORTEST_MASKED = 4;
const MASK = "********";

export type Mask = (text: string) => string;

/**
 * Replaces the given values wherever they appear in a line, also as base64, base64url and URL-encoded text, and line
 * by line where a value has several. Applied at the write boundary of the journal, so nothing stored can hold one.
 */
export function createMask(values: Iterable<string>): Mask {
  const forms = [...new Set([...values].flatMap(formsOf))].filter((form) => form.length >= SHORTEST_MASKED);
  if (forms.length === 0) return (text) => text;
  // Longest first: a value that contains another must not leave its rest behind.
  forms.sort((a, b) => b.length - a.length);
  const pattern = new RegExp(forms.map(RegExp.escape).join("|"), "g");
  return (text) => text.replace(pattern, MASK);
}

/** A mask that learns of values on the way: each is masked from the moment it was added. */
export function createGrowingMask(values: Iterable<string>): { mask: Mask; add: (value: string) => void } {
  const known = new Set(values);
  let current = createMask(known);
  const add = (value: string) => {
    if (known.has(value)) return;
    known.add(value);
    current = createMask(known);
  };
  return { mask: (text) => current(text), add };
}

function formsOf(value: string): string[] {
  if (value.length < SHORTEST_MASKED) return [];
  const lines = value.split(/\r?\n/).filter((line) => line.trim().length >= SHORTEST_MASKED);
  const url = encodeURIComponent(value.toWellFormed());
  return [value, ...lines, ...base64Forms(value), url, url.replaceAll("%20", "+"), JSON.stringify(value).slice(1, -1)];
}

/**
 * Base64 of a value inside a longer text (Basic credentials, a header) starts at one of three offsets within a group;
 * the characters that depend on its neighbours are left out, so the rest is found in all three.
 */
function base64Forms(value: string): string[] {
  const bytes = Buffer.from(value, "utf8");
  return [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
    const wholeFrom = offset === 0 ? 0 : 4;
    const whole = encoded.slice(wholeFrom, Math.floor((offset + bytes.length) / 3) * 4);
    const standard = offset === 0 ? [encoded.replace(/=+$/, ""), whole] : [whole];
    return [...standard, ...standard.map((text) => text.replaceAll("+", "-").replaceAll("/", "_"))];
  });
}
