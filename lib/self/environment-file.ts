import { isDeepStrictEqual, parseEnv } from "node:util";
import { readEnv } from "@/lib/platform/env";

/** How this machine reaches the server: of no use on the server, where the key's path would be another file. */
const ABOUT_THE_SERVER = [
  "SERVER_HOST",
  "SERVER_PORT",
  "SERVER_USER",
  "SERVER_HOST_KEY",
  "SSH_KEY_PATH",
  "SSH_AUTH_SOCK",
];
/** Keys and database sign-ins belong to the data and not to a release. */
const ABOUT_THE_DATA = [
  "LANDFALL_SECRET_KEY",
  "DATABASE_URL",
  "DATABASE_PASSWORD",
  "DATABASE_OWNER_URL",
  "DATABASE_OWNER_PASSWORD",
];
/** One database role may be used for both. */
const OPTIONAL = /^DATABASE_OWNER_/;
const FILE = /_FILE$/;

/**
 * The errors in an installation's settings, a sentence each, with the variable's name and never its value. `example` is
 * the committed file: its uncommented variables are required.
 */
export function complaintsAbout(text: string, example: string): string[] {
  const [given, wanted] = [parseEnv(text), parseEnv(example)];
  const missing = Object.keys(wanted).filter((name) => !OPTIONAL.test(name) && !isGiven(given, name.replace(FILE, "")));
  const untouched = Object.entries(wanted).filter(
    ([name, value]) => value?.includes("example.com") && given[name] === value,
  );
  return [
    ...missing.map((name) => `${name} is not set.`),
    ...untouched.map(([name]) => `${name} is still what the example says.`),
    ...complaintsOfRoles(text),
    ...(missing.length > 0 ? [] : complaintsOfLandfall(given)),
  ];
}

function isGiven(given: NodeJS.Dict<string>, name: string): boolean {
  // The address may contain the password.
  if (name === "DATABASE_PASSWORD" && URL.parse(given.DATABASE_URL ?? "")?.password) return true;
  return Boolean(given[name] || given[`${name}_FILE`]);
}

/** Files in the container cannot be read here: their content is assumed to be valid. */
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

/** The file for the server. */
export function forTheServer(text: string): string {
  return withTwoRoles(withoutSettings(text, ABOUT_THE_SERVER));
}

/** The former only role, with a password that web and worker cannot read any more. */
const ONE_ROLE = {
  DATABASE_URL: "postgresql://landfall@postgres:5432/landfall",
  DATABASE_PASSWORD_FILE: "/run/secrets/postgres-password",
};
const TWO_ROLES = `DATABASE_URL=postgresql://landfall_app@postgres:5432/landfall
DATABASE_PASSWORD_FILE=/run/secrets/application-password
DATABASE_OWNER_URL=${ONE_ROLE.DATABASE_URL}
DATABASE_OWNER_PASSWORD_FILE=${ONE_ROLE.DATABASE_PASSWORD_FILE}`;

/** Older installations have one role, by the example of that time, and get today's lines. Others get a message. */
function withTwoRoles(text: string): string {
  const given = parseEnv(text);
  const isAsBefore = Object.entries(ONE_ROLE).every(([name, value]) => given[name] === value);
  if (!isAsBefore || isGiven(given, "DATABASE_OWNER_URL") || given.DATABASE_PASSWORD) return text;
  return `${withoutSettings(text, ["DATABASE_URL", "DATABASE_PASSWORD"]).trimEnd()}\n${TWO_ROLES}\n`;
}

/** Web and worker cannot read the owner's password, so a single role with it could not sign in. */
function complaintsOfRoles(text: string): string[] {
  const given = parseEnv(withTwoRoles(text));
  const isOwners = given.DATABASE_PASSWORD_FILE === ONE_ROLE.DATABASE_PASSWORD_FILE;
  if (!isOwners) return [];
  return [`Web and worker sign in to the database as a role that owns nothing: these lines say so.\n${TWO_ROLES}`];
}

/** An older release's settings with the present keys and database sign-ins. */
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
