/** Tries in a row that did not last, then it is left to people. */
const MOST_TRIES = 3;
/** What was put back and went on for so long has lasted. */
const LASTED_MS = 10 * 60_000;
/** One that was given up is tried again after so long: what was in the way may have gone. */
const FORGET_MS = 60 * 60_000;

export interface Tries {
  tries: number;
  triedAt: Date | null;
}

/** How many tries still count. A person who asks for a check starts anew. */
export function triesThatCount({ tries, triedAt }: Tries, isGood: boolean, asked: Date | null, now: Date): number {
  if (triedAt === null || (asked !== null && asked > triedAt)) return 0;
  const ago = now.getTime() - triedAt.getTime();
  return ago > (isGood ? LASTED_MS : FORGET_MS) ? 0 : tries;
}

export function isGivenUp(tries: number): boolean {
  return tries >= MOST_TRIES;
}
