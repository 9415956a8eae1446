import { UploadView } from "@/lib/contracts/upload";
import { answer } from "@/lib/http/answer";
import { fileOf } from "@/lib/http/multipart";
import { route } from "@/lib/http/route";
import { receiveUpload, refuseTooLarge } from "@/lib/sources/receive-upload";

const FIELD = "file";

export const POST = route(
  {
    summary: "Upload an archive to deploy from",
    description:
      "A `.tar.gz` or a `.zip`, looked through before this answers. When one folder holds everything in it, what lies in that " +
      "folder is deployed. Name its `id` in a service's source; one that nothing names is deleted after a day.",
    permission: "service:create",
    file: { field: FIELD, description: "The archive; what it is called does not matter, what it is does" },
    response: UploadView,
    status: 201,
    problems: ["upload-too-large", "archive-invalid", "storage-full"],
  },
  async ({ actor, request }) => {
    refuseTooLarge(Number(request.headers.get("content-length") ?? 0));
    const upload = await receiveUpload(await fileOf(request, FIELD), actor);
    return answer(upload, { headers: { location: `/api/uploads/${upload.id}` } });
  },
);
