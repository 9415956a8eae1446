import { normalize } from "node:path";
import * as z from "zod";
import { Port } from "@/lib/contracts/port";
import { EnvironmentName } from "@/lib/contracts/service";
import type { SourceUse } from "@/lib/hosts/source-rules";
import { BIND_ADDRESS, CERTIFICATE, HANDOVER, LIMIT_SETTINGS } from "../setting-shapes";
import { splitWords } from "./split-words";

/** Words as typed in a shell; they are never given to one. */
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

/** `NAME=value NAME="another value"`. They are not secret: whoever has the image can read them. */
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

/** What is absent is read from the image. */
export const DockerSettings = z.strictObject({
  dockerfile: RelativePath.default("Dockerfile"),
  /** Of a Dockerfile with several; the last one when absent. */
  stage: z
    .string()
    .trim()
    .regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/, { error: "not-a-stage" })
    .optional(),
  /** `remote` on the target, from the files that were sent; `local` here, and the image is carried over. */
  build: z.enum(["remote", "local"]).default("remote"),
  buildArgs: BuildArguments.default({}),
  /** Instead of the image's own. */
  command: Words.optional(),
  /** The one that the image exposes when absent; else the service's. */
  containerPort: Port.optional(),
  /** One that is there, or `host`; when absent, Landfall's own, in which services find each other by name. */
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
  /** What `ping` and tools that watch the network need; an administrator's to give. */
  rawSockets: z.boolean().default(false),
  /** Instead of TERM. */
  stopSignal: z
    .string()
    .trim()
    .regex(/^SIG[A-Z]+[0-9]*([+-][0-9]+)?$/, { error: "not-a-signal" })
    .optional(),
  ...LIMIT_SETTINGS,
  bindAddress: BIND_ADDRESS,
  certificate: CERTIFICATE,
  handover: HANDOVER,
});
export type DockerSettings = z.infer<typeof DockerSettings>;

/** An image is built from what `docker build` would take, wherever it is built. */
export function imageUse({ dockerfile }: Pick<DockerSettings, "dockerfile">): SourceUse {
  return { kind: "image", dockerfile: normalize(dockerfile) };
}
