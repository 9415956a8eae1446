import { authorize } from "@/lib/contracts/authorize";
import type { UploadView } from "@/lib/contracts/upload";
import type { Actor } from "@/lib/contracts/user";
import { findCompleteUpload, toUploadView } from "./upload-store";

/** Throws not-found for one that is not there, not complete or somebody else's. */
export async function ownedUpload(id: string, actor: Actor): Promise<UploadView> {
  return toUploadView(authorize(actor, "service:read", await findCompleteUpload(id)));
}
