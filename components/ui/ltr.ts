/** Keeps the order of what reads left to right (a duration, a number with its sign) inside a sentence that runs the other way. */
export function ltr(text: string): string {
  return `\u2066${text}\u2069`;
}
