import { Problem } from "@/lib/contracts/problem";

/** How a source is installed, built and started. Commands are for a shell, as their authors wrote them. */
export interface Plan {
  /** Programs that must be on the host. */
  tools: string[];
  install: string[];
  build: string | null;
  start: string;
  /** What the Procfile names besides `web`. Absent without a Procfile. */
  procfile?: Procfile;
  /** The package manager of a Node.js source. */
  manager: Manager | null;
  /** Defaults that the service's own environment may override. */
  environment: Record<string, string>;
  /** What was chosen because of which file, for the author. */
  reasons: { tool: string; file: string }[];
  /** Versions of programs that the source says it is made for. */
  wants: Wanted[];
}

export interface Wanted {
  tool: string;
  /** As npm writes it: `>=20`, `^22.12 || 24`. */
  range: string;
  /** Where the source says so. */
  file: string;
}

/** The lines of a Procfile: its commands by process type, and its release command. */
export interface Procfile {
  types: Readonly<Record<string, string>>;
  releaseCommand: string | null;
}

/** Reads a file of the source by its name; null when there is none. The source may be a folder here or a release on a host. */
export type ReadSource = (name: string) => Promise<string | null>;

/** The findings of one language in a source. */
export interface Part extends Omit<Plan, "start" | "procfile"> {
  start: string | null;
  /** Variables for this part's start command only. */
  startEnvironment: Record<string, string>;
  /** Why it has no start command; null when it has one. */
  noStart: Problem | null;
}

/** Its name at the beginning of a command stands for its own command. */
export interface Manager {
  name: string;
  command: string;
}

/** A command that a person typed for the source's package manager (`bun src/index.ts`) is run by the one that installs. */
export function byItsManager<Command extends string | null>(
  command: Command,
  manager?: Manager | null,
): Command | string {
  const { name, command: own } = manager ?? { name: "npm", command: "npm" };
  return name !== "npm" && command?.startsWith(`${name} `) ? own + command.slice(name.length) : command;
}

/** Its page makes a folder a site, when nothing in the source is started. */
export const SITE = "index.html";

/** Each reason has its own sentence in the message of `source-not-deployable`. */
export function notDeployable(reason: string, params: Record<string, string> = {}): Problem {
  return new Problem("source-not-deployable", { params: { reason, ...params } });
}

/** Removes the byte order mark that some editors write. */
export function withoutMark(text: string): string {
  return text.replace(/^\uFEFF/, "");
}
