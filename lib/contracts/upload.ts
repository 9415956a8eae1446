import * as z from "zod";

export const ARCHIVE_KINDS = ["tar.gz", "zip"] as const;
export const ArchiveKind = z.enum(ARCHIVE_KINDS);
export type ArchiveKind = z.infer<typeof ArchiveKind>;

/** The content of an archive, from its inspection. */
export const ArchiveSummary = z.object({
  kind: ArchiveKind,
  files: z.int(),
  unpackedBytes: z.int(),
  folder: z.string().nullable().describe("The one folder that holds everything. Its content is deployed"),
  entries: z
    .array(z.string())
    .describe("The first names at the top level of what is deployed. Folders end with a slash"),
  leftOut: z
    .object({ count: z.int(), names: z.array(z.string()).describe("The first of them. Folders end with a slash") })
    .default({ count: 0, names: [] })
    .describe("Entries that macOS adds to archives. They are not deployed"),
});
export type ArchiveSummary = z.infer<typeof ArchiveSummary>;

export const UploadView = z.object({
  id: z.uuid(),
  fileName: z.string(),
  bytes: z.int(),
  sha256: z.string(),
  ...ArchiveSummary.shape,
  createdAt: z.iso.datetime(),
});
export type UploadView = z.infer<typeof UploadView>;
