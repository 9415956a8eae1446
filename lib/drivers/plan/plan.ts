import { Problem } from "@/lib/contracts/problem";

/** How a source is installed, built and started. Commands are for a shell, as their authors wrote them. */
export interface Plan {
  /** Programs that must be on the host. */
  tools: string[];
  install: string[];
  build: string | null;
  start: string;
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

/** Reads a file of the source by its name; null when there is none. The source may be a folder here or a release on a host. */
export type ReadSource = (name: string) => Promise<string | null>;

/** The findings of one language in a source. */
export interface Part extends Omit<Plan, "start"> {
  start: string | null;
  /** Variables for this part's start command only. */
  startEnvironment: Record<string, string>;
  /** Why it has no start command; null when it has one. */
  noStart: Problem | null;
  /** The package manager, whose name at the beginning of a command stands for its own command. */
  manager: { name: string; command: string } | null;
}

/** Each reason has its own sentence in the message of `source-not-deployable`. */
export function notDeployable(reason: string, params: Record<string, string> = {}): Problem {
  return new Problem("source-not-deployable", { params: { reason, ...params } });
}

/** Removes the byte order mark that some editors write. */
export function withoutMark(text: string): string {
  return text.replace(/^\uFEFF/, "");
}
