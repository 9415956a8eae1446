import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { Problem } from "@/lib/contracts/problem";
import type { Installation } from "./installation";
import type { UpdateContext } from "./update";

/** Who Landfall is in its container. */
const OWNER = "10001";
const MOUNTED = /(?:\/run|\.)\/secrets\/([\w.-]+)/g;
const hex = () => randomBytes(32).toString("hex");
/** What a first install makes by itself; any other is somebody's to put there. */
const MADE: Readonly<Record<string, () => string>> = {
  "secret-key": hex,
  "application-password": hex,
  "postgres-password": hex,
  "nextauth-secret": hex,
  "metrics-token": hex,
};

/** The secrets that the files of a release read, by the names of their files. */
export function secretsOf(files: { compose: string; environment: string }): string[] {
  const lines = `${files.compose}\n${files.environment}`
    .split("\n")
    .filter((line) => !line.trimStart().startsWith("#"));
  return [...new Set(lines.flatMap((line) => [...line.matchAll(MOUNTED)].map(([, name]) => name ?? "")))].sort();
}

/** Those that are missing on the server and that nobody can make up. */
export async function findUnmakeable(
  { host, layout }: Installation,
  files: { compose: string; environment: string },
): Promise<string[]> {
  const wanted = secretsOf(files).filter((name) => !(name in MADE));
  const there = await Promise.all(wanted.map((name) => host.stat(join(layout.directory, "secrets", name))));
  return wanted.filter((_, index) => there[index] === null);
}

/** Answers the names of those it made. What is there is never touched: data is sealed with it. */
export async function makeMissingSecrets({ installation, host, files, signal }: UpdateContext): Promise<string[]> {
  const made: string[] = [];
  for (const name of secretsOf(files)) {
    const path = join(installation.layout.directory, "secrets", name);
    const make = MADE[name];
    if (!make || (await host.stat(path))) continue;
    await host.writeFile(path, `${make()}\n`, { mode: 0o400 });
    await giveAway({ host, signal }, path);
    made.push(name);
  }
  return made;
}

/** What compose mounts has to be there, and Landfall has to be able to read it. */
export async function makeFolders({ installation, host, signal }: UpdateContext): Promise<void> {
  const { directory } = installation.layout;
  for (const name of ["live", "sources", "secrets"]) await host.makeDirectory(join(directory, name));
  await giveAway({ host, signal }, join(directory, "secrets"));
}

async function giveAway({ host, signal }: Pick<UpdateContext, "host" | "signal">, path: string): Promise<void> {
  const { exitCode, stderr } = await host.run({ args: ["chown", OWNER, path] }, { signal });
  if (exitCode !== 0) throw new Problem("command-failed", { params: { command: "chown" }, detail: stderr.trim() });
}
