import { db } from "@/lib/platform/db/client";
import { createMask, type Mask } from "@/lib/platform/secrets/mask";
import type { Secret } from "@/lib/platform/secrets/secret";
import { revealRevision } from "./environment-store";

/** A service that is deployed again while its log is followed has new secrets: they are read before it can print them. */
const READ_EVERY_MS = 500;
/** What an older release printed is in the log for long; its values are in one of these. */
const REVISIONS = 20;

/** Masks what a running service prints or answers: the secrets of its newest revisions. */
export async function readServiceMask(serviceId: string): Promise<Mask> {
  const revisions = await db.environmentRevision.findMany({
    where: { serviceId },
    orderBy: { number: "desc" },
    take: REVISIONS,
  });
  return createMask(newestOfEach(revisions.flatMap((revision) => Object.entries(revealRevision(revision)))));
}

/** A value that is in several revisions is a secret if the newest says so. */
function newestOfEach(variables: readonly (readonly [name: string, value: Secret])[]): Secret[] {
  const newest = new Map<string, Secret>();
  for (const [name, value] of variables.toReversed()) newest.set(`${name}=${value.reveal()}`, value);
  return [...newest.values()];
}

/** The same for as long as a log is followed. */
export function currentServiceMask(serviceId: string): () => Promise<Mask> {
  let known: { mask: Mask; newest: number | null } | undefined;
  let readMs = Number.NEGATIVE_INFINITY;
  return async () => {
    if (known && performance.now() - readMs < READ_EVERY_MS) return known.mask;
    const { _max } = await db.environmentRevision.aggregate({ where: { serviceId }, _max: { number: true } });
    if (known?.newest !== _max.number || !known)
      known = { mask: await readServiceMask(serviceId), newest: _max.number };
    readMs = performance.now();
    return known.mask;
  };
}
