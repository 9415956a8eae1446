import { notFound } from "next/navigation";
import { cache } from "react";
import { requireActor } from "@/lib/auth/current-user";
import type { TargetView } from "@/lib/contracts/target";
import { findTarget } from "@/lib/targets/target-store";

/** Read once for title and page. */
export const findTargetOrNot = cache(
  async (encodedName: string): Promise<TargetView> =>
    (await findTarget(decodeURIComponent(encodedName), await requireActor())) ?? notFound(),
);
