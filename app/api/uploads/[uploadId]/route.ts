import * as z from "zod";
import { UploadView } from "@/lib/contracts/upload";
import { ownedUpload } from "@/lib/sources/owned-upload";
import { route } from "@/lib/web/http/route";

export const GET = route(
  {
    summary: "Read what an upload holds",
    permission: "service:read",
    params: z.object({ uploadId: z.uuid() }),
    response: UploadView,
  },
  async ({ actor, params: { uploadId } }) => ownedUpload(uploadId, actor),
);
