import { renameSync, writeFileSync } from "node:fs";

/** Whole or not at all, and for this user only. Synchronous: what is on disk never lags behind what is answered. */
export function writeJson(path: string, value: unknown): void {
  const beside = `${path}.${process.pid}`;
  writeFileSync(beside, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  renameSync(beside, path);
}
