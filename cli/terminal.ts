import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { bold, quietly } from "../scripts/screen.mjs";
import { EXIT, Failure } from "./failure";

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** Left-aligned columns; the last one is not padded. */
export function printTable(rows: readonly (readonly string[])[]): void {
  const widths = rows.reduce<number[]>(
    (known, row) => row.map((text, index) => Math.max(known[index] ?? 0, text.length)),
    [],
  );
  for (const row of rows) {
    const cells = row.map((text, index) => (index === row.length - 1 ? text : text.padEnd(widths[index] ?? 0)));
    print(cells.join("  ").trimEnd());
  }
}

/** Is there someone to ask? */
export function isInteractive(): boolean {
  return Boolean(process.stdin.isTTY && process.stdout.isTTY);
}

/** Asks for a line. Null after Ctrl-C or at the end of the input. */
export async function ask(question: string, { hidden = false } = {}): Promise<string | null> {
  return quietly(async () => {
    const prompt = `  ${bold(question)} `;
    if (hidden) process.stdout.write(prompt);
    const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
    const output = hidden ? nowhere : process.stdout;
    const terminal = createInterface({ input: process.stdin, output, terminal: true });
    const gone = new AbortController();
    terminal.once("SIGINT", () => gone.abort());
    terminal.once("close", () => gone.abort());
    try {
      return (await terminal.question(hidden ? "" : prompt, { signal: gone.signal })).trim();
    } catch (error) {
      if (gone.signal.aborted) return null;
      throw error;
    } finally {
      if (hidden || gone.signal.aborted) process.stdout.write("\n");
      terminal.close();
    }
  });
}

export async function isYes(question: string): Promise<boolean> {
  return /^y(es)?$/i.test((await ask(`${question} [y/N]`)) ?? "");
}

/** Asks unless `yes` was given. Throws a Failure where there is no one to ask, and after a no. */
export async function confirm(question: string, yes: boolean): Promise<void> {
  if (yes) return;
  if (!isInteractive()) throw new Failure(`${question} There is no terminal to ask at: add --yes.`, EXIT.usage);
  if (!(await isYes(question))) throw new Failure("Nothing was changed.", EXIT.failed);
}
