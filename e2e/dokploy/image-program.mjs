/**
 * Stands for the image of an application: answers /health and /, tells what it was started with, and keeps files in its
 * first volume. Ends with the program that started it.
 */
import { createWriteStream, existsSync, mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { basename, join } from "node:path";

/** @type {{image: string, environment: Record<string, string>, volumes: {path: string, folder: string}[], isUnhealthy: boolean, isStubborn: boolean, listenAfterMs: number, exitAfterMs: number | null}} */
const given = JSON.parse(process.env.STAND_IN_CONTAINER ?? "{}");

process.once("disconnect", () => process.exit(1));
process.on("SIGTERM", () => given.isStubborn || process.exit(0));
if (given.exitAfterMs !== null) setTimeout(() => process.exit(3), given.exitAfterMs);
setTimeout(listen, given.listenAfterMs);

function listen() {
  const server = createServer(answer);
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    if (address === null || typeof address === "string") return;
    process.send?.({ port: address.port });
  });
}

/** @param {import("node:http").IncomingMessage} request @param {import("node:http").ServerResponse} response */
function answer(request, response) {
  const { pathname } = new URL(request.url ?? "/", "http://localhost");
  process.stdout.write(`${request.method} ${pathname}\n`);
  if (pathname.startsWith("/volume/")) return keep(request, response, basename(pathname));
  if (given.isUnhealthy) return send(response, 500, { status: "unhealthy" });
  if (pathname === "/health") return send(response, 200, { status: "ok" });
  if (pathname !== "/") return send(response, 404, { status: "not found" });
  if (request.headers.accept?.includes("text/html")) return page(response);
  send(response, 200, {
    image: given.image,
    environment: given.environment,
    volumes: given.volumes.map(({ path }) => path),
  });
}

/** @param {import("node:http").IncomingMessage} request @param {import("node:http").ServerResponse} response @param {string} name */
function keep(request, response, name) {
  const volume = given.volumes[0];
  if (!volume) return send(response, 404, { status: "no volume" });
  const file = join(volume.folder, name);
  if (request.method === "PUT") {
    mkdirSync(volume.folder, { recursive: true });
    return void request.pipe(createWriteStream(file)).once("finish", () => send(response, 200, { kept: name }));
  }
  if (!existsSync(file)) return send(response, 404, { status: "not found" });
  response.end(readFileSync(file));
}

/** @param {import("node:http").ServerResponse} response @param {number} status @param {unknown} body */
function send(response, status, body) {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

/** @param {import("node:http").ServerResponse} response */
function page(response) {
  const plain = (/** @type {string} */ text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  const names = Object.keys(given.environment).map((name) => `<li><code>${plain(name)}</code></li>`);
  response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(`<!doctype html><html lang="en">
<meta name="viewport" content="width=device-width"><title>It runs</title>
<style>body{font:1rem/1.6 system-ui;max-width:36rem;margin:4rem auto;padding:0 1rem;color-scheme:light dark}</style>
<h1>It runs.</h1><p>This page comes from <code>${plain(given.image)}</code>, as the stand-in for a Dokploy server runs it.</p>
${names.length > 0 ? `<p>Its variables:</p><ul>${names.join("")}</ul>` : ""}</html>`);
}
