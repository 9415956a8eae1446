import { RECHECK_MS, type Reader } from "./reader";

/**
 * Text as an attachment, in pieces: a large one is never in memory as a whole. When its reader loses the permission,
 * the connection breaks off, so that a partial text does not look complete.
 */
export function textStream(
  reader: Reader,
  pieces: AsyncIterable<string>,
  { recheckMs = RECHECK_MS, ...options }: { contentType: string; fileName: string; recheckMs?: number },
): Response {
  const iterator = pieces[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  let checkedAt = performance.now();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (performance.now() - checkedAt >= recheckMs) {
        checkedAt = performance.now();
        if (!(await reader.mayStill())) {
          controller.error(new Error("the reader may no longer read this"));
          return void (await iterator.return?.());
        }
      }
      const next = await iterator.next();
      if (next.done) controller.close();
      else controller.enqueue(encoder.encode(next.value));
    },
    async cancel() {
      await iterator.return?.();
    },
  });
  const headers = {
    "content-type": options.contentType,
    "content-disposition": `attachment; filename="${options.fileName}"`,
  };
  return new Response(body, { headers });
}
