import { readFile } from "node:fs/promises";
import * as z from "zod";
import { readEnvFile } from "@/lib/contracts/env-file";
import { fieldFindings } from "@/lib/contracts/field-findings";
import { EnvironmentChange, EnvironmentEntry } from "@/lib/contracts/service";
import { green, say } from "../scripts/screen.mjs";
import { type Call, type Command, JSON_OPTION, SERVICE_OPTION } from "./arguments";
import type { Console } from "./console";
import { EXIT, type ExitCode, Failure } from "./failure";
import { sentenceOfField } from "./sentences";
import { serviceNameOf } from "./service-file";
import { ask, print, printJson, printTable } from "./terminal";

const MANY = 1_000;

export const envCommand: Command = {
  name: "env",
  summary: "Read and change the environment of the service",
  positionals: "get [name…] | set name[=value]… | import <file> | unset name…",
  most: MANY,
  words: ["get", "set", "import", "unset"],
  names: { get: "variables", set: "variables", unset: "variables" },
  options: {
    ...SERVICE_OPTION,
    secret: { summary: "With set and import: these are secrets, which logs mask; when absent, it is guessed" },
    ...JSON_OPTION,
  },
  details:
    "get without names lists them; a value that is read is in the audit log. set asks for a value that is not given, or\n" +
    "reads it from standard input, so that it is in no history of commands. Takes effect at the next deployment.",
  run: env,
};

const Listing = z.object({ revision: z.int().nullable(), variables: z.array(EnvironmentEntry) });
const Revealed = z.object({ name: z.string(), value: z.string() });

async function env(call: Call): Promise<ExitCode> {
  const [action = "", ...given] = call.positionals;
  const path = async () => `/api/services/${await serviceNameOf(call)}/environment`;
  if (action === "get") return get(await call.console(), await path(), given, call.flag("json"));
  const change = await changeFor(action, given);
  const secret = call.flag("secret") ? Object.fromEntries(Object.keys(change.set).map((name) => [name, true])) : {};
  return send(await call.console(), await path(), checked({ ...change, secret }), call.flag("json"));
}

async function get(console: Console, path: string, names: readonly string[], asJson: boolean): Promise<ExitCode> {
  if (names.length === 0) {
    const { variables } = await console.get(path, Listing);
    if (asJson) printJson(variables);
    else printTable(variables.map(({ name, secret, changedAt }) => [name, secret ? "secret" : "", changedAt]));
    return EXIT.done;
  }
  const values: Record<string, string> = {};
  for (const name of names) values[name] = (await console.get(`${path}/${encodeURIComponent(name)}`, Revealed)).value;
  if (asJson) printJson(values);
  // One value alone is what a script wants.
  else for (const [name, value] of Object.entries(values)) print(names.length === 1 ? value : `${name}=${value}`);
  return EXIT.done;
}

async function changeFor(action: string, given: readonly string[]): Promise<Pick<EnvironmentChange, "set" | "unset">> {
  if (given.length === 0 || !["set", "import", "unset"].includes(action))
    throw new Failure("Write env get [name…], env set name=value…, env import <file> or env unset name….", EXIT.usage);
  if (action === "unset") return { set: {}, unset: [...given] };
  const entries = action === "set" ? await assignments(given) : await readEnvFiles(given);
  return { set: Object.fromEntries(entries), unset: [] };
}

async function assignments(given: readonly string[]): Promise<[string, string][]> {
  const entries: [string, string][] = [];
  for (const text of given) {
    const at = text.indexOf("=");
    if (at >= 0) entries.push([text.slice(0, at), text.slice(at + 1)]);
    else entries.push([text, await askedValue(text, given.length)]);
  }
  return entries;
}

async function askedValue(name: string, names: number): Promise<string> {
  if (process.stdin.isTTY)
    return (await ask(`${name}:`, { hidden: true })) ?? Promise.reject(new Failure("Nothing was changed."));
  if (names > 1) throw new Failure(`Standard input has one value: set ${name} by itself.`, EXIT.usage);
  let text = "";
  for await (const chunk of process.stdin) text += String(chunk);
  return text.replace(/\r?\n$/, "");
}

async function readEnvFiles(files: readonly string[]): Promise<[string, string][]> {
  const read = await Promise.all(
    files.map(async (file) => ({
      file,
      ...readEnvFile(await readFile(file, "utf8").catch(() => noFile(file))),
    })),
  );
  const wrong = read.flatMap(({ file, unreadable }) => unreadable.map(({ line }) => `${file}:${line}`));
  // Not the text of the line: it may be a part of a secret.
  if (wrong.length > 0)
    throw new Failure(
      `Nothing was changed. These lines are neither NAME=value nor a comment:\n${wrong.join("\n")}`,
      EXIT.usage,
    );
  const entries = read.flatMap(({ variables }) => variables);
  if (entries.length === 0) throw new Failure(`There is no variable in ${files.join(" and ")}.`, EXIT.usage);
  return entries;
}

function noFile(file: string): never {
  throw new Failure(`${file} cannot be read.`, EXIT.usage);
}

function checked(change: EnvironmentChange): EnvironmentChange {
  const { data, error } = EnvironmentChange.safeParse(change);
  if (data) return data;
  const findings = fieldFindings(error.issues, change);
  const sentences = findings.map(({ path, ...finding }) => `${path.slice(1).join(".")}: ${sentenceOfField(finding)}`);
  throw new Failure(sentences.join("\n"), EXIT.usage);
}

async function send(console: Console, path: string, change: EnvironmentChange, asJson: boolean): Promise<ExitCode> {
  const before = await console.get(path, Listing);
  const after = await console.patch(path, Listing, change);
  const changed = after.variables.filter(({ revision }) => revision > (before.revision ?? 0)).map(({ name }) => name);
  const kept = new Set(after.variables.map(({ name }) => name));
  const removed = before.variables.map(({ name }) => name).filter((name) => !kept.has(name));
  if (asJson) printJson({ set: changed, removed });
  if (changed.length + removed.length === 0) say("Nothing to change.");
  if (changed.length > 0) say(`${green("✓")} Set ${changed.join(", ")}.`);
  if (removed.length > 0) say(`${green("✓")} Removed ${removed.join(", ")}.`);
  if (changed.length + removed.length > 0) say("It takes effect at the next deployment: landfall deploy --no-upload.");
  return EXIT.done;
}
