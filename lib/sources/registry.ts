import { Problem } from "@/lib/contracts/problem";
import {
  type RevisionOf,
  SOURCE_KINDS,
  SOURCES,
  type Source,
  type SourceDescription,
  type SourceKind,
  type SourceRevision,
} from "@/lib/contracts/source";
import { archiveSource } from "./archive/archive-source";
import { folderSource } from "./folder/folder-source";
import { gitSource } from "./git/git-source";
import { imageSource } from "./image/image-source";
import type { MaterialiseContext, MaterialisedSource, ReadContext, SourceProvider } from "./source";

const PROVIDERS: { readonly [Kind in SourceKind]: SourceProvider<Kind> } = {
  folder: folderSource,
  archive: archiveSource,
  image: imageSource,
  git: gitSource,
};

export function providerOf({ kind }: Source): SourceProvider {
  return PROVIDERS[kind];
}

/** Null for a kind without revisions. */
export async function resolveSource(source: Source, context: ReadContext): Promise<SourceRevision | null> {
  return (await providerOf(source).resolve?.(source, context)) ?? null;
}

/** Throws `source-not-deployable` for a kind that provides no files. */
export async function materialiseSource(
  source: Source,
  revision: SourceRevision | null,
  context: MaterialiseContext,
): Promise<MaterialisedSource> {
  const materialised = await providerOf(source).materialise?.(source, revisionOf(source, revision), context);
  if (materialised) return materialised;
  throw new Problem("source-not-deployable", { params: { reason: "other", kind: source.kind } });
}

/** A source as the history shows it. A revision that this version cannot read counts as not resolved. */
export function describeSource(source: Source, revision: SourceRevision | null): SourceDescription {
  const known = SOURCES[source.kind].revision.safeParse(revision).data ?? null;
  return providerOf(source).describe(source, known);
}

/** The stored revision in the shape of its kind. */
function revisionOf(source: Source, revision: SourceRevision | null): RevisionOf<SourceKind> {
  return SOURCES[source.kind].revision.parse(revision);
}

/** Removes what no service and no deployment needs any more, for every kind. */
export async function pruneSources(): Promise<void> {
  for (const kind of SOURCE_KINDS) await PROVIDERS[kind].prune?.();
}
