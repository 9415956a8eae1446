import type { Phase, PhaseContext } from "@/lib/drivers/driver";
import type { ReleaseFiles } from "./files";
import type { Installation, Present } from "./installation";
import { otherSlot, type Release, type Slot } from "./release";

/** One change of Landfall's own installation: a release comes from a clone, or one that served before comes back. */
type Progress = Parameters<PhaseContext["progress"]>[0];

export interface UpdateContext extends Pick<PhaseContext, "host" | "signal" | "log"> {
  readonly kind: "deploy" | "rollback";
  readonly installation: Installation;
  readonly release: Release;
  readonly files: ReleaseFiles;
  /** How long the new web server has to become well before anybody is sent to it. */
  readonly healthTimeoutMs: number;
  /** The clone, and what of it only this machine knows. */
  readonly clone: Clone;
  /** A text of its own, or what carrying an image tells. */
  progress(update: Progress & { detail?: string }): void;
  /** Asks the person at the terminal. Aborts with the signal. */
  confirm(question: string, facts: readonly string[]): Promise<boolean>;
  /** Said once more at the end, beside what came of it. */
  note(sentence: string): void;
}

export interface Clone {
  root: string;
  /** Build arguments of Dockerfile.prod, none of them secret. */
  buildArguments: Readonly<Record<string, string>>;
  /** What is wrong with the settings, before anything is done: a sentence each. */
  complaints(): Promise<string[]>;
}

/** What the person at the terminal reads of a phase that has ended. */
export type UpdateResult = { detail?: string; skipped?: boolean } | undefined;

export interface UpdatePhase extends Omit<Phase, "run" | "undo"> {
  readonly key: UpdateKey;
  readonly title: string;
  /** It speaks with the person at the terminal itself. */
  readonly isDialogue?: boolean;
  run(ctx: UpdateContext): Promise<UpdateResult>;
  undo?(ctx: UpdateContext): Promise<void>;
}

export const UPDATE_KEYS = [
  "check",
  "confirm",
  "build",
  "send",
  "save",
  "files",
  "migrate",
  "start",
  "verify",
  "switch",
  "watch",
  "worker",
  "retire",
  "prune",
] as const;
export type UpdateKey = (typeof UPDATE_KEYS)[number];

/** What serves now; null when nothing does, and everything is brought up at once. */
export async function servingNow({ installation, signal }: Pick<UpdateContext, "installation" | "signal">) {
  const present = await installation.present(signal);
  return present?.isServing ? present : null;
}

/** Where the new release goes: beside what serves, or where it served last. */
export async function nextSlot(ctx: Pick<UpdateContext, "installation" | "signal">): Promise<Slot> {
  const present: Present | null = await ctx.installation.present(ctx.signal);
  if (!present) return "blue";
  return present.isServing ? otherSlot(present.slot) : present.slot;
}
