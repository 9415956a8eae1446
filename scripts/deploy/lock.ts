import { dirname } from "node:path";
import { Problem } from "@/lib/contracts/problem";
import type { Installation } from "@/lib/self/installation";

/** Says that it holds the lock, and holds it until whoever asked for it is gone. */
const HOLD = ["sh", "-c", "echo held; exec sleep 2147483647"];

/**
 * Keeps others away from an installation: two updates at once would stop each other's new web server. The server's
 * kernel gives the lock back when this process ends, whichever way. Throws `cannot-update` when somebody else has it.
 */
export async function holdLock({ host, layout, environment }: Installation): Promise<() => Promise<void>> {
  await host.makeDirectory(dirname(layout.lockFile));
  const release = new AbortController();
  const held = Promise.withResolvers<void>();
  const args = ["flock", "--nonblock", layout.lockFile, ...HOLD] as const;
  const ended = host.run({ args }, { signal: release.signal, onLine: () => held.resolve() }).then(
    () => held.reject(taken(environment, host.label)),
    (cause) => held.reject(cause),
  );
  await held.promise;
  return async () => {
    release.abort();
    await ended;
  };
}

function taken(environment: string, label: string): Problem {
  return new Problem("cannot-update", {
    detail: `Somebody else is changing ${environment} on ${label} at this moment.`,
  });
}
