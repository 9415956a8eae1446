import { createInterface } from "node:readline/promises";
import { Problem } from "@/lib/contracts/problem";
import { bold, say } from "../screen.mjs";

/** Shows what will change and asks, unless `yes` was given on the command line. */
export async function confirm(
  question: string,
  facts: readonly string[],
  { yes, signal }: { yes: boolean; signal: AbortSignal },
): Promise<boolean> {
  say();
  for (const fact of facts) say(fact);
  say();
  if (yes) return true;
  if (!process.stdin.isTTY)
    throw new Problem("cannot-update", { detail: "There is nobody at the terminal to ask: add --yes." });
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await terminal.question(`  ${bold(question)} [y/N] `, { signal })).trim());
  } finally {
    terminal.close();
    say();
  }
}
