import { Grants } from "@/lib/contracts/grants";
import { db } from "@/lib/platform/db/client";

/** For tests that are not about grants: every member, from every folder that there is. */
export const EVERYTHING: Partial<Grants> = { sourceRoots: ["/"] };

/** Lets every member deploy to the target (all targets without a name), with what else is granted. */
export async function grantMembers(granted: Partial<Grants> = {}, targetName?: string): Promise<void> {
  const grants = Grants.parse({ audience: "everyone", ...granted });
  await db.target.updateMany({ where: { name: targetName }, data: { grants } });
}
