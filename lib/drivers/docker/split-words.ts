/** Blanks, then 'text', "text", \character, plain text, or what begins a quote that is never closed. */
const PIECE = /\s+|'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])|([^\s'"\\]+)|["'\\]/g;

/** The words of a line as a shell would read them; nothing is expanded. Null when a quote is not closed. */
export function splitWords(line: string): string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  for (const [piece, single, double, escaped, plain] of line.matchAll(PIECE)) {
    const text = single ?? double?.replace(/\\(["\\$`])/g, "$1") ?? escaped ?? plain;
    if (text !== undefined) {
      word = (word ?? "") + text;
    } else if (piece.trim() === "") {
      if (word !== null) words.push(word);
      word = null;
    } else {
      return null;
    }
  }
  return word === null ? words : [...words, word];
}
