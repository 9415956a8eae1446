import { notFound, redirect } from "next/navigation";
import { cache } from "react";
import { can } from "@/lib/contracts/permission";
import type { ServiceDetail } from "@/lib/contracts/service";
import { isStack } from "@/lib/contracts/stack-state";
import { findServiceDetail, findServiceRow } from "@/lib/services/service-store";
import { requireActor } from "@/lib/web/auth/current-user";

/** Read once for frame and part. Another owner's service is treated as missing; a stack has a page of its own. */
export const findService = cache(async (encodedName: string): Promise<ServiceDetail> => {
  const actor = await requireActor();
  const row = await findServiceRow(decodeURIComponent(encodedName));
  if (!row || !can(actor, "service:read", row)) notFound();
  if (isStack(row)) redirect(`/stacks/${encodedName}`);
  return (await findServiceDetail(row.id)) ?? notFound();
});
