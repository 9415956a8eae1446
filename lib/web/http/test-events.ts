import { createParser } from "eventsource-parser";

export interface ReadEvent {
  id: string | undefined;
  event: string | undefined;
  data: Record<string, unknown>;
}

/** The events that a client receives until `isEnough`, or until the stream ends. */
export async function readEvents(
  response: Response,
  isEnough: (heard: ReadEvent) => boolean = () => false,
): Promise<ReadEvent[]> {
  const heard: ReadEvent[] = [];
  const parser = createParser({
    onEvent: ({ id, event, data }) => heard.push({ id, event, data: JSON.parse(data) as ReadEvent["data"] }),
  });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) {
    parser.feed(read.value);
    if (heard.some(isEnough)) break;
  }
  await reader?.cancel();
  return heard;
}
