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
  /** Defaults that the service's own environment may override. */
  environment: Record<string, string>;
  /** Hints for the author, written to the log. */
  notes: string[];
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

/** Each reason has its own sentence in the message of `source-not-deployable`. */
export function notDeployable(reason: string, params: Record<string, string> = {}): Problem {
  return new Problem("source-not-deployable", { params: { reason, ...params } });
}

/** Removes the byte order mark that some editors write. */
export function withoutMark(text: string): string {
  return text.replace(/^\uFEFF/, "");
}
