/** Text as an attachment, a piece at a time: a large one is never in memory as a whole. */
export function textStream(
  pieces: AsyncIterable<string>,
  options: { contentType: string; fileName: string },
): Response {
  const iterator = pieces[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
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
