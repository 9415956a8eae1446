import { notFound } from "next/navigation";
import { cache } from "react";
import type { TargetView } from "@/lib/contracts/target";
import { findTarget } from "@/lib/targets/target-store";
import { requireActor } from "@/lib/web/auth/current-user";

/** Read once for title and page. */
export const findTargetOrNot = cache(
  async (encodedName: string): Promise<TargetView> =>
    (await findTarget(decodeURIComponent(encodedName), await requireActor())) ?? notFound(),
);
