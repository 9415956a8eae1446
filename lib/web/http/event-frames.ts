import type { NumberedEvent } from "@/lib/contracts/event";
import { sseFrame } from "./sse";

/** Every follower in this process is given the same event objects, so each becomes bytes once, however many watch. */
const known = new WeakMap<NumberedEvent, Uint8Array>();

function frameOf(numbered: NumberedEvent): Uint8Array {
  const made = known.get(numbered);
  if (made) return made;
  const frame = sseFrame({ id: numbered.number, event: numbered.event.type, data: numbered.event });
  known.set(numbered, frame);
  return frame;
}

export async function* eventFrames(batches: AsyncIterable<NumberedEvent[]>): AsyncGenerator<Uint8Array> {
  for await (const batch of batches) {
    yield batch.length === 1 && batch[0] ? frameOf(batch[0]) : Buffer.concat(batch.map(frameOf));
  }
}
