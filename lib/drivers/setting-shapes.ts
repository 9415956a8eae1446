import * as z from "zod";
import { MOST_REPLICAS, MOST_TYPES, ProcessType } from "@/lib/contracts/process-type";

/** Settings that several drivers share. Each is spread into a driver's own schema. */

export const Shell = z
  .string()
  .trim()
  .min(1)
  .max(4_096)
  .refine((text) => !text.includes("\0"), { error: "nul-character" });

/** How a source of files is built and started; absent settings are derived from the source (plan/detect.ts). */
export const PLAN_SETTINGS = {
  /** As typed in a shell; a Procfile's `web:` line works too. */
  start: Shell.transform((line) => line.replace(/^web:\s*/, "")).optional(),
  /** Runs after the dependencies were installed, instead of the source's own build script. */
  build: Shell.optional(),
  /** `none` for a source that needs no dependencies or brings them along. */
  install: z.enum(["auto", "none"]).default("auto"),
  /**
   * A host folder whose programs (`node`, `python3`) come first in the PATH of its commands; when absent, the PATH
   * alone.
   */
  runtime: z
    .string()
    .trim()
    .max(1_024)
    // In a list of folders a colon would end it.
    .regex(/^\/[^:\0]*$/, { error: "not-absolute" })
    .optional(),
};
export const PlanSettings = z.object(PLAN_SETTINGS);
export type PlanSettings = z.infer<typeof PlanSettings>;

/** How long one of a service's own commands may run when the service does not say. */
export const COMMAND_TIMEOUT_SECONDS = 300;

/**
 * The service's own commands around a deployment (lifecycle/commands.ts). Each runs once in the new release's environment,
 * confined like the release: `releaseCommand` before it starts, `beforeSwitch` once it is healthy, `afterSwitch` once it
 * is live. `command` is how the driver's start command is typed: for a shell, or as words.
 */
export function commandSettings<Command extends z.ZodType>(command: Command) {
  return {
    releaseCommand: command.optional(),
    beforeSwitch: command.optional(),
    afterSwitch: command.optional(),
    commandTimeoutSeconds: z.int().min(1).max(86_400).default(COMMAND_TIMEOUT_SECONDS),
  };
}

/** The same settings as the generic part reads them: the text that a person typed. */
export const CommandTexts = z.looseObject(commandSettings(z.string()));

/** More folders than any build tool gives hashed names in. */
const MOST_ASSET_FOLDERS = 8;
const SEGMENT = /^[\w~@+-][\w.~@+-]*$/;
/** `.next` is one too, `.` and `..` are not. */
const FILE_SEGMENT = /^\.?[\w~@+-][\w.~@+-]*$/;

/** A folder of the site, and the folder of a release's files that it is answered from. */
export interface AssetFolder {
  url: string;
  files: string;
}

/**
 * Folders of the site whose files of earlier releases stay answerable for a day (lifecycle/old-assets.ts), separated by
 * spaces: `_next/static assets=dist/assets`. Without `=` the files are in a folder of the same name, those of Next.js in
 * `.next`. Absolute is the path of the files in an image only.
 */
export function keepAssetsSetting({ isImage }: { isImage: boolean }) {
  return z
    .string()
    .trim()
    .min(1)
    .max(1_024)
    .transform((text, check): AssetFolder[] => {
      const folders = text.split(/\s+/).map(assetFolder);
      const isRight = folders.every(
        ({ url, files }) => url.split("/").every(isSegment) && isFileFolder(files, isImage),
      );
      const isTwice = new Set(folders.map(({ url }) => url)).size < folders.length;
      if (isRight && !isTwice && folders.length <= MOST_ASSET_FOLDERS) return folders;
      check.addIssue("not-asset-folders");
      return z.NEVER;
    })
    .optional();
}

function assetFolder(word: string): AssetFolder {
  const [url = "", ...rest] = word.split("=");
  return { url, files: rest.length === 0 ? url.replace(/^_next(?=\/|$)/, ".next") : rest.join("=") };
}

function isSegment(segment: string): boolean {
  return SEGMENT.test(segment);
}

function isFileFolder(folder: string, isImage: boolean): boolean {
  const relative = isImage ? folder.replace(/^\//, "") : folder;
  return relative.split("/").every((segment) => FILE_SEGMENT.test(segment));
}

/** The setting as every driver of a host has it. Checked more strictly when the service was saved. */
export const KeepAssetsSetting = z.looseObject({ keepAssets: keepAssetsSetting({ isImage: true }) });

/** Empty limits mean none. */
export const LIMIT_SETTINGS = {
  memoryMb: z.int().min(32).max(1_048_576).optional(),
  cpus: z.number().min(0.05).max(256).optional(),
};

/**
 * What a redeploy does with the live release: `beside` keeps it until the new one is verified; `stop-first` is for a
 * service that can only run once (a second fixed port, a locked file) and costs a short outage.
 */
export const HANDOVER = z.enum(["beside", "stop-first"]).default("beside");
export const HandoverSettings = z.looseObject({ handover: HANDOVER });

/**
 * Process types without a port, by name (plan/process-types.ts). `command` is how the driver's start command is typed.
 * `check` ends with 0 once a copy is healthy; without one, a copy is healthy when it stays up. With `stop-first`, no two
 * releases of a type run at the same time: a clock. Empty limits are those of the service.
 */
export function processSettings<Command extends z.ZodType>(command: Command) {
  const type = z.strictObject({
    command: command.optional(),
    check: command.optional(),
    replicas: z.int().min(0).max(MOST_REPLICAS).default(1),
    handover: HANDOVER,
    ...LIMIT_SETTINGS,
  });
  const types = z.record(ProcessType, type);
  return {
    processes: types.refine((all) => Object.keys(all).length <= MOST_TYPES, { error: "too-many-types" }).default({}),
  };
}

/** The same setting as the generic part reads it: the text that a person typed. */
export const ProcessTexts = z.looseObject(processSettings(z.string()));
export type ProcessTexts = z.infer<typeof ProcessTexts>;

/** The interface the public port is on; all of them when absent. */
export const BIND_ADDRESS = z.union([z.ipv4(), z.ipv6()]).optional();

/** Who issues the certificate of a service's domain: a public authority, or the host's own for names outside public DNS. */
export const CERTIFICATE = z.enum(["automatic", "internal"]).default("automatic");
