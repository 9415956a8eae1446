import type { Phase, PhaseContext } from "@/lib/drivers/driver";
import type { Installation, Present } from "./installation";
import { otherSlot, type Release, type Slot } from "./release";
import type { ReleaseFiles } from "./release-files";

type Progress = Parameters<PhaseContext["progress"]>[0];

/** One update of Landfall's own installation: to a new release from a clone, or back to an older one. */
export interface UpdateContext extends Pick<PhaseContext, "host" | "signal" | "log"> {
  readonly kind: "deploy" | "rollback";
  readonly installation: Installation;
  readonly release: Release;
  readonly files: ReleaseFiles;
  /** How long the new web server may take to become healthy. */
  readonly healthTimeoutMs: number;
  readonly clone: Clone;
  /** A text, or the progress of sending an image. */
  progress(update: Progress & { detail?: string }): void;
  /** Asks the person at the terminal. Aborts with the signal. */
  confirm(question: string, facts: readonly string[]): Promise<boolean>;
  /** Shown again at the end, with the result. */
  note(sentence: string): void;
}

export interface Clone {
  root: string;
  /** Build arguments of Dockerfile.prod; none is secret. */
  buildArguments: Readonly<Record<string, string>>;
  /** The errors in the settings, a sentence each. */
  complaints(): Promise<string[]>;
}

/** What the terminal shows of a finished phase. */
export type UpdateResult = { detail?: string; skipped?: boolean } | undefined;

export interface UpdatePhase extends Omit<Phase, "run" | "undo"> {
  readonly key: UpdateKey;
  readonly title: string;
  /** It asks the person at the terminal. */
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

/** The live release; null if none is, and everything is started together. */
export async function servingNow({ installation, signal }: Pick<UpdateContext, "installation" | "signal">) {
  const present = await installation.present(signal);
  return present?.isServing ? present : null;
}

/** The slot of the new release: the free one, or the last live one if nothing is live. */
export async function nextSlot(ctx: Pick<UpdateContext, "installation" | "signal">): Promise<Slot> {
  const present: Present | null = await ctx.installation.present(ctx.signal);
  if (!present) return "blue";
  return present.isServing ? otherSlot(present.slot) : present.slot;
}
