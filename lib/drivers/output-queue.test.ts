import { expect, test } from "vitest";
import { OutputQueue, throughQueue } from "./output-queue";

async function drain(queue: OutputQueue): Promise<string[]> {
  queue.end();
  return (await Array.fromAsync(queue)).map(({ text }) => text);
}

test("what there is no room for is left out in whole lines, and said at its place", async () => {
  const queue = new OutputQueue(4 * 100);
  for (const line of ["1", "2", "3", "4"]) queue.push(line.padEnd(30), false);
  queue.push("x".repeat(300), false);
  queue.push("begins ", true);
  queue.push("and ends", false);
  const reader = queue[Symbol.asyncIterator]();
  const taken = [];
  for (let read = 0; read < 5; read += 1) taken.push((await reader.next()).value?.text.trim());
  expect(taken).toEqual(["1", "2", "3", "4", "[landfall] 2 lines were left out"]);
  queue.push("room again", false);
  expect(await drain(queue)).toEqual(["room again"]);
});

test("a line goes on where it stopped", async () => {
  const queue = new OutputQueue(300);
  queue.push("a".repeat(100), false);
  queue.push("b", true);
  queue.push("c".repeat(100), false);
  queue.push("d", false);
  expect(await drain(queue)).toEqual(["a".repeat(100), "b", "[landfall] 1 line was left out", "d"]);
});

test("one who reads no more ends what is read, and an error comes after what was read before it", async () => {
  const ended = Promise.withResolvers<void>();
  const options = { signal: new AbortController().signal, follow: true };
  for await (const { text } of throughQueue(options, async (queue, signal) => {
    signal.addEventListener("abort", () => ended.resolve());
    queue.push("one", false);
    await ended.promise;
  })) {
    expect(text).toBe("one");
    break;
  }
  await ended.promise;
  const failing = throughQueue(options, async (queue) => {
    queue.push("before", false);
    throw new Error("the host is away");
  });
  expect((await failing.next()).value?.text).toBe("before");
  await expect(failing.next()).rejects.toThrow("the host is away");
});
