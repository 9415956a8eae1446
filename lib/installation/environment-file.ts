import { isDeepStrictEqual, parseEnv } from "node:util";
import { readEnv } from "@/lib/env";

/** How this machine reaches the server. The console there has no use for it, and the key's path means another file. */
const ABOUT_THE_SERVER = [
  "SERVER_HOST",
  "SERVER_PORT",
  "SERVER_USER",
  "SERVER_HOST_KEY",
  "SSH_KEY_PATH",
  "SSH_AUTH_SOCK",
];
/** What data is kept under: it belongs to the database and not to a release. */
const ABOUT_THE_DATA = ["LANDFALL_SECRET_KEY", "DATABASE_URL", "DATABASE_PASSWORD"];
const FILE = /_FILE$/;

/**
 * What is wrong with the settings of an installation, a sentence each, every variable by its name; values are not
 * repeated. `example` is the committed file: what is uncommented there has to be given.
 */
export function complaintsAbout(text: string, example: string): string[] {
  const [given, wanted] = [parseEnv(text), parseEnv(example)];
  const missing = Object.keys(wanted).filter((name) => !isGiven(given, name.replace(FILE, "")));
  const untouched = Object.entries(wanted).filter(
    ([name, value]) => value?.includes("example.com") && given[name] === value,
  );
  return [
    ...missing.map((name) => `${name} is not set.`),
    ...untouched.map(([name]) => `${name} is still what the example says.`),
    ...(missing.length > 0 ? [] : complaintsOfLandfall(given)),
  ];
}

function isGiven(given: NodeJS.Dict<string>, name: string): boolean {
  // The password may also stand in the address.
  if (name === "DATABASE_PASSWORD" && URL.parse(given.DATABASE_URL ?? "")?.password) return true;
  return Boolean(given[name] || given[`${name}_FILE`]);
}

/** Files of the container are not here to be read: what they hold is taken for good. */
function complaintsOfLandfall(given: NodeJS.Dict<string>): string[] {
  const inline = Object.fromEntries(Object.entries(given).filter(([name]) => !FILE.test(name)));
  const standIns = { DATABASE_URL: "postgres://nobody@127.0.0.1:1/none", LANDFALL_SECRET_KEY: "0".repeat(64) };
  try {
    readEnv({ ...standIns, ...inline } as unknown as NodeJS.ProcessEnv);
    return [];
  } catch (error) {
    return (error as Error).message
      .split("\n")
      .filter((line) => line.startsWith("  "))
      .map((line) => `${line.trim()}.`);
  }
}

/** The file as the server gets it. */
export function forTheServer(text: string): string {
  return withoutSettings(text, ABOUT_THE_SERVER);
}

/** An older release's settings, with what the data is kept under now. */
export function withPresentKeys(older: string, present: string): string {
  const kept = linesOf(present, ABOUT_THE_DATA);
  if (isDeepStrictEqual(kept, linesOf(older, ABOUT_THE_DATA))) return older;
  return [withoutSettings(older, ABOUT_THE_DATA).trimEnd(), ...kept, ""].join("\n");
}

function withoutSettings(text: string, names: readonly string[]): string {
  return text
    .split("\n")
    .filter((line) => !isAbout(line, names))
    .join("\n");
}

function linesOf(text: string, names: readonly string[]): string[] {
  return text.split("\n").filter((line) => isAbout(line, names));
}

function isAbout(line: string, names: readonly string[]): boolean {
  const name = /^\s*(?:export\s+)?(\w+)\s*=/.exec(line)?.[1];
  return name !== undefined && names.includes(name.replace(FILE, ""));
}
