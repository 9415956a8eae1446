import { dirname } from "node:path";
import { Problem } from "@/lib/contracts/problem";
import type { Installation } from "@/lib/self/installation";

/** Prints a line when it has the lock, and keeps it until its parent process has ended. */
const HOLD = ["sh", "-c", "echo held; exec sleep 2147483647"];

/**
 * Locks an installation: two concurrent updates would stop each other's new web server. The server's kernel releases the
 * lock when this process ends in any way. Throws `cannot-update` if another update has it.
 */
export async function acquireLock({ host, layout, environment }: Installation): Promise<() => Promise<void>> {
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
