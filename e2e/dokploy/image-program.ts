import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import type { ContainerSpec, Volume } from "./container";

export interface ProgramSurroundings {
  spec: ContainerSpec;
  /** The first volume of its container, if there is one. */
  volume: Volume | undefined;
  print(line: string): void;
}

/** The program of every image: answers /health and /, reports its configuration, stores files in its first volume. */
export function imageProgram({ spec, volume, print }: ProgramSurroundings): RequestListener {
  const { image, environment, behaviour } = spec;
  return (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    print(`${request.method} ${pathname}`);
    if (pathname.startsWith("/volume/")) return void keep(request, response, { volume, path: pathname });
    if (behaviour.isUnhealthy) return send(response, 500, { status: "unhealthy" });
    if (pathname === "/health") return send(response, 200, { status: "ok" });
    if (pathname !== "/") return send(response, 404, { status: "not found" });
    if (request.headers.accept?.includes("text/html")) return sendPage(response, spec);
    send(response, 200, { image, environment, volumes: spec.volumes.map(({ path }) => path) });
  };
}

async function keep(
  request: IncomingMessage,
  response: ServerResponse,
  { volume, path }: { volume: Volume | undefined; path: string },
): Promise<void> {
  if (!volume) return send(response, 404, { status: "no volume" });
  if (request.method === "PUT") {
    volume.set(path, await buffer(request));
    return send(response, 200, { kept: path });
  }
  const file = volume.get(path);
  if (!file) return send(response, 404, { status: "not found" });
  response.end(file);
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

function sendPage(response: ServerResponse, { image, environment }: ContainerSpec): void {
  const plain = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  const names = Object.keys(environment).map((name) => `<li><code>${plain(name)}</code></li>`);
  response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(`<!doctype html><html lang="en">
<meta name="viewport" content="width=device-width"><title>It runs</title>
<style>body{font:1rem/1.6 system-ui;max-width:36rem;margin:4rem auto;padding:0 1rem;color-scheme:light dark}</style>
<h1>It runs.</h1><p>This page comes from <code>${plain(image)}</code>, as the stand-in for a Dokploy server runs it.</p>
${names.length > 0 ? `<p>Its variables:</p><ul>${names.join("")}</ul>` : ""}</html>`);
}
