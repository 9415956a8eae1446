import { UploadView } from "@/lib/contracts/upload";
import type { Actor } from "@/lib/contracts/user";
import { receiveUpload, refuseTooLarge } from "@/lib/sources/archive/uploads";
import { limitRate } from "@/lib/web/auth/rate-limit";
import { answer } from "@/lib/web/http/definition";
import { fileOf } from "@/lib/web/http/multipart";
import { route } from "@/lib/web/http/route";

const FIELD = "file";
/** An upload is counted in pieces of this size: counting every chunk would cost a query each. */
const METERED_MB = 8;

export const POST = route(
  {
    summary: "Upload an archive to deploy from",
    description:
      "A `.tar.gz` or a `.zip`, checked before this answers. When one folder holds everything in it, the content of that " +
      "folder is deployed. Use its `id` in a service's source. An upload that nothing uses is deleted after a day.",
    permission: "upload:create",
    file: {
      field: FIELD,
      description: "The archive. Its name does not matter; the format is recognised by its content",
    },
    response: UploadView,
    status: 201,
    problems: ["rate-limited", "upload-too-large", "archive-invalid", "storage-full"],
  },
  async ({ actor, request }) => {
    refuseTooLarge(Number(request.headers.get("content-length") ?? 0));
    const { fileName, content } = await fileOf(request, FIELD);
    const upload = await receiveUpload({ fileName, content: metered(content, actor) }, actor);
    return answer(upload, { headers: { location: `/api/uploads/${upload.id}` } });
  },
);

/** Passes the content through. Throws `rate-limited` when the person exceeds the hourly limit. */
async function* metered(content: AsyncIterable<Uint8Array>, actor: Actor): AsyncGenerator<Uint8Array> {
  let uncounted = METERED_MB * 1_000_000;
  for await (const chunk of content) {
    for (; uncounted >= METERED_MB * 1_000_000; uncounted -= METERED_MB * 1_000_000)
      await limitRate("upload", actor.id ?? "", METERED_MB);
    uncounted += chunk.byteLength;
    yield chunk;
  }
}
