import { randomBytes } from "node:crypto";
import { request } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import { expect, test } from "vitest";
import type { Bench } from "./bench";

export function connections(bench: Bench): void {
  type Address = Parameters<typeof bench.host.connect>[0];

  /** Starts an echo server and returns `stop`, which the test calls at its end. */
  async function echoing(at: { port: number } | { socketPath: string }) {
    const stop = new AbortController();
    const running = bench.host.run({ args: bench.under.echoServer(at) }, { signal: stop.signal });
    const ended = running.catch(() => "ended");
    await expect.poll(() => answerOf(at, "ready?")).toBe("ready?");
    return async () => {
      stop.abort();
      await ended;
    };
  }

  async function answerOf(to: Address, question: string | Buffer): Promise<string> {
    try {
      const socket = await bench.host.connect(to);
      socket.end(question);
      return await text(socket);
    } catch (error) {
      return (error as NodeJS.ErrnoException).code ?? String(error);
    }
  }

  test("reaches a port, sees the end of what it sends and is sent, and many at once", async () => {
    const port = await bench.host.freePort();
    const stop = await echoing({ port });
    const questions = Array.from({ length: 20 }, (_, index) => `question ${index}`);
    expect(await Promise.all(questions.map((question) => answerOf({ port }, question)))).toEqual(questions);
    const content = randomBytes(4_000_000);
    const socket = await bench.host.connect({ port, host: "127.0.0.1" });
    socket.end(content);
    expect((await buffer(socket)).equals(content)).toBe(true);
    await stop();
  });

  test("reaches a socket, also one that only root may open", async () => {
    const socketPath = bench.in("it's a.sock");
    const stop = await echoing({ socketPath });
    await bench.sh('chmod 600 "$1"', socketPath);
    const content = randomBytes(1_000_000);
    const socket = await bench.host.connect({ socketPath });
    socket.end(content);
    expect((await buffer(socket)).equals(content)).toBe(true);
    await stop();
  });

  test("an HTTP request may go over it", async () => {
    const port = await bench.host.freePort();
    const stop = await echoing({ port });
    const connection = await bench.host.connect({ port });
    const asked = request({ createConnection: () => connection as Socket, path: "/", timeout: 10_000 });
    // The echo server speaks no HTTP: it returns the request, which is not an answer.
    await expect(new Promise((_, reject) => asked.once("error", reject).end())).rejects.toMatchObject({
      code: expect.stringMatching(/^HPE_/),
    });
    connection.destroy();
    await stop();
  });

  test("says why there is no connection", async () => {
    const port = await bench.host.freePort();
    await expect(bench.host.connect({ port })).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await expect(bench.host.connect({ socketPath: bench.in("none.sock") })).rejects.toMatchObject({ code: "ENOENT" });
    await bench.host.writeFile(bench.in("file.sock"), "");
    await expect(bench.host.connect({ socketPath: bench.in("file.sock") })).rejects.toMatchObject({
      code: "ECONNREFUSED",
    });
    await expect(bench.host.connect({ port }, AbortSignal.abort(new Error("enough")))).rejects.toThrow("enough");
  });

  test("one that is destroyed is closed on both ends", async () => {
    const socketPath = bench.in("short.sock");
    const stop = await echoing({ socketPath });
    const socket: Duplex = await bench.host.connect({ socketPath });
    socket.write("x");
    await new Promise((resolve) => socket.once("data", resolve));
    socket.destroy();
    // Only then does a server that handles one connection after the other reach this one.
    expect(await answerOf({ socketPath }, "next")).toBe("next");
    await stop();
  });

  test("a free port is one that nothing listens on", async () => {
    expect(await answerOf({ port: await bench.host.freePort() }, "")).toBe("ECONNREFUSED");
  });
}
