import * as z from "zod";
import { UploadView } from "@/lib/contracts/upload";
import { route } from "@/lib/http/route";
import { ownedUpload } from "@/lib/sources/owned-upload";

export const GET = route(
  {
    summary: "Read what an upload holds",
    permission: "service:read",
    params: z.object({ uploadId: z.uuid() }),
    response: UploadView,
  },
  async ({ actor, params: { uploadId } }) => ownedUpload(uploadId, actor),
);
