import { Grants } from "@/lib/contracts/grants";
import { db } from "@/lib/platform/db/client";

/** For tests that are not about grants: every member, from every existing folder. */
export const EVERYTHING: Partial<Grants> = { sourceRoots: ["/"] };

/** Lets every member deploy to the target (without a name: to all targets), with further grants. */
export async function grantMembers(granted: Partial<Grants> = {}, targetName?: string): Promise<void> {
  const grants = Grants.parse({ audience: "everyone", ...granted });
  await db.target.updateMany({ where: { name: targetName }, data: { grants } });
}
