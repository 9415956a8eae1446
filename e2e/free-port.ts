import { createServer } from "node:net";

/** Below the range that outgoing connections take their ports from, or one of them could hold it at the wrong moment. */
const FIRST = 20_000;
const COUNT = 12_000;

const given = new Set<number>();

/** A port that nothing listens on and that no other test of this file got. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once("error", () => resolve(false));
    server.listen(port, () => server.close(() => resolve(true)));
  });
}
