import * as z from "zod";
import { type Commit, CommitId, GitFolder, GitRef, GitUrl } from "./git-source";

/**
 * The kinds of source for a service. To add a kind: its line in SOURCES, its folder in lib/sources with its line in
 * lib/sources/registry.ts, and its fields in the service form.
 */

/** How a form shows a setting of a source. Its label and hint are messages. */
interface SourceInput {
  /** `folder`: a path on the worker's machine, which a target grants to members. `upload`: the id of an upload. */
  input: "folder" | "upload" | "text";
  placeholder?: string;
}
const inputs = z.registry<SourceInput>();

const FolderPath = z
  .string()
  .min(1)
  .max(4_096)
  .regex(/^\/[^\0]*$/, { error: "not-absolute" })
  .register(inputs, { input: "folder" });
const UploadId = z.uuid().register(inputs, { input: "upload" });
const ImageName = z.string().min(1).max(512).register(inputs, { input: "text", placeholder: "ghcr.io/acme/shop:1.4" });

const RepositoryUrl = GitUrl.clone().register(inputs, {
  input: "text",
  placeholder: "https://github.com/acme/shop.git",
});
const RepositoryRef = GitRef.optional()
  .describe("A branch or a tag; the server's default branch when absent")
  .register(inputs, { input: "text", placeholder: "main" });
const RepositoryFolder = GitFolder.optional()
  .describe("The service's folder within the repository")
  .register(inputs, { input: "text", placeholder: "apps/web" });

/**
 * `gives`: files that a driver transfers, or an image that the target pulls. `revision`: the exact version to deploy,
 * for kinds that know it before the source is read.
 */
export const SOURCES = {
  folder: {
    gives: "files",
    settings: z.strictObject({ kind: z.literal("folder"), path: FolderPath }),
    revision: z.null(),
  },
  archive: {
    gives: "files",
    settings: z.strictObject({ kind: z.literal("archive"), uploadId: UploadId }),
    revision: z.object({ uploadId: z.uuid(), fileName: z.string(), sha256: z.string() }),
  },
  image: {
    gives: "image",
    settings: z.strictObject({ kind: z.literal("image"), image: ImageName }),
    revision: z.null(),
  },
  git: {
    gives: "files",
    settings: z.strictObject({
      kind: z.literal("git"),
      url: RepositoryUrl,
      ref: RepositoryRef,
      path: RepositoryFolder,
    }),
    revision: z.object({
      commit: CommitId,
      ref: z.string().describe("As the server names it: refs/heads/main"),
      message: z.string(),
      author: z.string(),
      at: z.string().describe("Empty where the commit has no readable date"),
    }),
  },
} as const;
export type SourceKind = keyof typeof SOURCES;
export const SOURCE_KINDS = Object.keys(SOURCES) as SourceKind[];

export function sourceKindsThatGive(what: "files" | "image"): readonly SourceKind[] {
  return SOURCE_KINDS.filter((kind) => SOURCES[kind].gives === what);
}

type Settings = (typeof SOURCES)[SourceKind]["settings"];
export const Source = z.discriminatedUnion(
  "kind",
  SOURCE_KINDS.map((kind) => SOURCES[kind].settings) as [Settings, ...Settings[]],
);
export type Source = z.infer<typeof Source>;
export type SourceOf<Kind extends SourceKind> = z.infer<(typeof SOURCES)[Kind]["settings"]>;
export type RevisionOf<Kind extends SourceKind> = z.infer<(typeof SOURCES)[Kind]["revision"]>;

/** The revision of a source, stored with the deployment and its release. SOURCES defines the shape for each kind. */
export const SourceRevision = z.record(z.string(), z.string());
export type SourceRevision = z.infer<typeof SourceRevision>;

/** The commit of a revision; null for kinds of source without commits. */
export function commitOf(revision: SourceRevision | null | undefined): Commit | null {
  const { data } = SOURCES.git.revision.safeParse(revision);
  return data ? { id: data.commit, message: data.message, author: data.author, at: data.at || null } : null;
}

/** What history says of a source: a code with its values. The browser has the sentence. */
export const SourceDescription = z.object({
  code: z.string().describe("Message key under `sources.described`"),
  params: z.record(z.string(), z.string()),
});
export type SourceDescription = z.infer<typeof SourceDescription>;

/** The settings of a kind, in the order of the form. */
export function sourceInputsOf(kind: SourceKind): ({ name: string } & SourceInput)[] {
  return Object.entries(SOURCES[kind].settings.shape).flatMap(([name, field]) => {
    const input = inputs.get(field);
    return input ? [{ name, ...input }] : [];
  });
}

/** The folders of the worker's machine that a source names, each with the setting that names it. */
export function foldersOf(source: Source): { name: string; path: string }[] {
  return sourceInputsOf(source.kind)
    .filter(({ input }) => input === "folder")
    .map(({ name }) => ({ name, path: String(Reflect.get(source, name)) }));
}
