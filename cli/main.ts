#!/usr/bin/env node
import { VERSION } from "@/lib/platform/version";
import { red, say, sayOnStandardError } from "../scripts/screen.mjs";
import { helpText, readArguments } from "./arguments";
import { COMMANDS } from "./commands";
import { Console } from "./console";
import { EXIT, type ExitCode, Failure } from "./failure";
import { namesCommand } from "./names";
import { readAccess } from "./settings";
import { print } from "./terminal";

/** The program `landfall`: talks to the HTTP API of a console, by the contracts. */
async function main(args: readonly string[]): Promise<ExitCode> {
  const read = readArguments(args, [...COMMANDS, namesCommand]);
  if (read.kind === "version") print(VERSION);
  if (read.kind === "help") print(helpText(read.command, COMMANDS));
  if (read.kind !== "run") return EXIT.done;
  if (read.call.flag("json")) sayOnStandardError();
  const console = async () => new Console(await readAccess(), { onWait: sayOnce() });
  return read.command.run({ ...read.call, console });
}

/** While the console is away, the same sentence comes with each attempt. */
function sayOnce(): (sentence: string) => void {
  let said: string | undefined;
  return (sentence) => {
    if (sentence !== said) say(sentence);
    said = sentence;
  };
}

/** The cause is the last line, also for who reads only the end of a log. */
function tellFailure(error: unknown): ExitCode {
  const failure = error instanceof Failure ? error : new Failure(unforeseen(error), EXIT.failed);
  const [first = "", ...rest] = failure.message.split("\n");
  process.stderr.write(`\n  ${red("✗")} ${first}\n${rest.map((line) => `    ${line}\n`).join("")}`);
  return failure.exitCode;
}

/** A fault of this program: its place helps to report it. */
function unforeseen(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.exitCode = tellFailure(error);
}
