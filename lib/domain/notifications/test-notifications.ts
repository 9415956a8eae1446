import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { vi } from "vitest";
import type { Message } from "./message";

/** Channels reach these servers, which are on this machine: no channel does otherwise. */
export function allowThisMachine(): void {
  vi.stubEnv("LANDFALL_NOTIFICATION_HOSTS", "127.0.0.1");
  delete (globalThis as { landfallEnv?: unknown }).landfallEnv; // settings are read anew
}

/** An HTTP server that keeps what it is sent and answers as told. */
export async function aReceiver() {
  const requests: { url: string; headers: Record<string, unknown>; text: string; body: Record<string, unknown> }[] = [];
  const answer = { status: 200, text: "ok", headers: {} as Record<string, string> };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    requests.push({ url: request.url ?? "", headers: request.headers, text, body: JSON.parse(text) });
    response.writeHead(answer.status, answer.headers).end(answer.text);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, requests, answer, close: () => server.close() };
}

/** An SMTP server without encryption, as in a private network. */
export async function aMailServer(options: SMTPServerOptions = {}) {
  const mails: { to: string[]; text: string }[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    ...options,
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        mails.push({
          to: session.envelope.rcptTo.map(({ address }) => address),
          text: Buffer.concat(chunks).toString(),
        });
        done();
      });
    },
  });
  server.on("error", () => {}); // a client that hangs up
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  const { port } = server.server.address() as AddressInfo;
  return { host: "127.0.0.1", port, mails, close: () => server.close(() => {}) };
}

/** A message about a deployment that failed. */
export function aMessage(changes: Partial<Message> = {}): Message {
  return {
    id: "019a8f3e-2c44-7d10-9d3c-5b7f0a1e6c21",
    kind: "deployment-failed",
    at: new Date("2026-12-02T03:00:00Z"),
    tone: "bad",
    locale: "en",
    title: "shop: deployment #42 failed",
    sentences: ["The build failed.", "Commit 1a2b3c4 by Ana: <!channel> [x](https://evil.example) & *bold*"],
    lines: ["npm ERR! `missing` script: build", "exit code 1"],
    link: { text: "Open in Landfall", url: "https://landfall.example.com/deployments/42" },
    notices: [],
    ...changes,
  };
}
