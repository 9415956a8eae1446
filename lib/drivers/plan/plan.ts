import { Problem } from "@/lib/contracts/problem";

/** How a source is made ready and started. Commands are for a shell, as their authors wrote them. */
export interface Plan {
  /** What must be on the host. */
  tools: string[];
  install: string[];
  build: string | null;
  start: string;
  /** What the service's own environment may overrule. */
  environment: Record<string, string>;
  /** What its author should know; for the log. */
  notes: string[];
}

/** Text of a file of the source by its name, or null; the source may be a folder here or a release on a host. */
export type ReadSource = (name: string) => Promise<string | null>;

/** What one language has to say of a source. */
export interface Part extends Omit<Plan, "start"> {
  start: string | null;
  /** What only its own start command gets. */
  startEnvironment: Record<string, string>;
  /** Why it has no start command; null when it has one. */
  noStart: Problem | null;
}

/** Each reason has its own sentence in the message of `source-not-deployable`. */
export function notDeployable(reason: string, params: Record<string, string> = {}): Problem {
  return new Problem("source-not-deployable", { params: { reason, ...params } });
}

/** Without the mark that some editors put before the text. */
export function withoutMark(text: string): string {
  return text.replace(/^\uFEFF/, "");
}
