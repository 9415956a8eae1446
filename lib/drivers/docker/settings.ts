import { normalize } from "node:path";
import * as z from "zod";
import { Port } from "@/lib/contracts/port";
import { EnvironmentName } from "@/lib/contracts/service";
import type { SourceUse } from "@/lib/hosts/source-rules";
import {
  BIND_ADDRESS,
  CERTIFICATE,
  commandSettings,
  HANDOVER,
  keepAssetsSetting,
  LIMIT_SETTINGS,
  processSettings,
} from "../setting-shapes";

/** Words as typed in a shell. They are never passed to a shell. */
const Words = z
  .string()
  .trim()
  .min(1)
  .max(4_096)
  .transform((line, check) => {
    const words = splitWords(line);
    if (words) return words;
    check.addIssue("unclosed-quote");
    return z.NEVER;
  });

/** `NAME=value NAME="another value"`. They are not secret: everyone who has the image can read them. */
const BuildArguments = Words.transform((words, check) => {
  const entries = words.map((word): [string, string] => {
    const at = word.indexOf("=");
    return [word.slice(0, Math.max(0, at)), word.slice(at + 1)];
  });
  if (entries.every(([name]) => EnvironmentName.safeParse(name).success)) return Object.fromEntries(entries);
  check.addIssue("not-build-arguments");
  return z.NEVER;
});

const RelativePath = z
  .string()
  .trim()
  .min(1)
  .max(1_024)
  .refine((path) => !/^[/-]|\0/.test(path) && !path.split("/").includes(".."), { error: "not-a-relative-path" });

/** Absent settings are those of the image. */
export const DockerSettings = z.strictObject({
  dockerfile: RelativePath.default("Dockerfile"),
  /** The stage to build; the last one of the Dockerfile when absent. */
  stage: z
    .string()
    .trim()
    .regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/, { error: "not-a-stage" })
    .optional(),
  /** `remote`: on the target, from the files that were sent. `local`: here, and the image is sent. */
  build: z.enum(["remote", "local"]).default("remote"),
  buildArgs: BuildArguments.default({}),
  /** Replaces the image's command. */
  command: Words.optional(),
  /** When absent, the port that the image exposes, or else the service's. */
  containerPort: Port.optional(),
  /** An existing network, or `host`; when absent, Landfall's own, in which services find each other by name. */
  network: z
    .string()
    .trim()
    .regex(/^(?!none$)[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/, { error: "not-a-network" })
    .optional(),
  user: z
    .string()
    .trim()
    .regex(/^[a-zA-Z0-9_.][a-zA-Z0-9_.-]{0,63}(:[a-zA-Z0-9_.][a-zA-Z0-9_.-]{0,63})?$/, { error: "not-a-user-name" })
    .optional(),
  rootFilesystem: z.enum(["writable", "read-only"]).default("writable"),
  /** `ping` and tools that watch the network need them. Only an administrator may allow it. */
  rawSockets: z.boolean().default(false),
  /** Replaces TERM. */
  stopSignal: z
    .string()
    .trim()
    .regex(/^SIG[A-Z]+[0-9]*([+-][0-9]+)?$/, { error: "not-a-signal" })
    .optional(),
  ...commandSettings(Words),
  ...processSettings(Words),
  ...LIMIT_SETTINGS,
  bindAddress: BIND_ADDRESS,
  certificate: CERTIFICATE,
  handover: HANDOVER,
  keepAssets: keepAssetsSetting({ isImage: true }),
});
export type DockerSettings = z.infer<typeof DockerSettings>;

/** Wherever an image is built, the files are those that `docker build` would use. */
export function imageUse({ dockerfile }: Pick<DockerSettings, "dockerfile">): SourceUse {
  return { kind: "image", dockerfile: normalize(dockerfile) };
}

/** Blanks, then 'text', "text", \character, plain text, or the beginning of a quote that is never closed. */
const PIECE = /\s+|'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])|([^\s'"\\]+)|["'\\]/g;

/** The words of a line as a shell would read them; nothing is expanded. Null when a quote is not closed. */
export function splitWords(line: string): string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  for (const [piece, single, double, escaped, plain] of line.matchAll(PIECE)) {
    const text = single ?? double?.replace(/\\(["\\$`])/g, "$1") ?? escaped ?? plain;
    if (text !== undefined) {
      word = (word ?? "") + text;
    } else if (piece.trim() === "") {
      if (word !== null) words.push(word);
      word = null;
    } else {
      return null;
    }
  }
  return word === null ? words : [...words, word];
}
