import { readFile } from "node:fs/promises";
import Fastify from "fastify";

const { PORT = "3001", GREETING = "Hello", LANDFALL_RELEASE: release = "none" } = process.env;
const { name, version } = JSON.parse(await readFile(new URL("package.json", import.meta.url), "utf8"));
const startedAt = new Date();

const server = Fastify({
  logger: true,
  // Requests under way may end; kept connections with nothing on them must not keep the old release alive.
  forceCloseConnections: "idle",
});

server.get("/", async (request, reply) => {
  const answer = { message: `${GREETING} from ${name}`, version, release, startedAt };
  if (!request.headers.accept?.includes("text/html")) return answer;
  return reply.type("text/html; charset=utf-8").send(page(answer));
});

server.get("/health", { logLevel: "warn" }, async () => ({
  status: "ok",
  version,
  release,
  uptimeSeconds: Math.round(process.uptime()),
}));

for (const signal of ["SIGTERM", "SIGINT"]) {
  process.once(signal, async () => {
    await server.close();
    process.exit(0);
  });
}

await server.listen({ port: Number(PORT), host: "0.0.0.0" });

function page({ message, version, release, startedAt }) {
  return `<!doctype html>
<html lang="en">
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width">
  <meta name="color-scheme" content="light dark">
  <title>${escape(message)}</title>
  <style>
    body { font: 1.1rem/1.6 system-ui, sans-serif; max-width: 36rem; margin: 20vh auto 0; padding: 0 1.5rem; }
    dt { opacity: 0.6; font-size: 0.85rem; } dd { margin: 0 0 0.75rem; font-family: ui-monospace, monospace; }
  </style>
  <h1>${escape(message)}</h1>
  <p>Landfall built this service, proved that it is healthy, and moved the traffic here.</p>
  <dl>
    <dt>Version</dt><dd>${escape(version)}</dd>
    <dt>Release</dt><dd>${escape(release)}</dd>
    <dt>Started</dt><dd>${startedAt.toISOString()}</dd>
  </dl>
</html>
`;
}

function escape(text) {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
