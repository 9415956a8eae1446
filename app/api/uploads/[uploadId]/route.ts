import * as z from "zod";
import { UploadView } from "@/lib/contracts/upload";
import { readUpload } from "@/lib/sources/archive/uploads";
import { route } from "@/lib/web/http/route";

export const GET = route(
  {
    summary: "Get an upload and the summary of its content",
    permission: "service:read",
    params: z.object({ uploadId: z.uuid() }),
    response: UploadView,
  },
  async ({ actor, params: { uploadId } }) => readUpload(uploadId, actor),
);
