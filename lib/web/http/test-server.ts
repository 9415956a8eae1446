import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import type { RouteHandler } from "./definition";

/** Serves the POST of a route over HTTP, as Next does. Ends with `close`. */
export async function serveRoute(handler: RouteHandler, path: string) {
  const server = createServer(async (request, response) => {
    if (request.method !== "POST") return void response.writeHead(405, { allow: "POST" }).end();
    const headers = new Headers(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const sent = new Request(address, { method: "POST", headers, body: new Uint8Array(await buffer(request)) });
    const answered = await handler(sent, { params: Promise.resolve({}) });
    response.writeHead(answered.status, Object.fromEntries(answered.headers));
    response.end(Buffer.from(await answered.arrayBuffer()));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
  return {
    address,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
