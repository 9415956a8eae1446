import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { afterAll } from "vitest";
import { bundle } from "@/scripts/bundle.mjs";

/** Inside the project, because the built worker finds its packages from where it lies. */
const CACHE = resolve(import.meta.dirname, "../../node_modules/.cache");

let built: Promise<string> | undefined;

/** Worker and supervisor as they are now, built once per test file beside nobody else's. */
export function builtPrograms(): Promise<string> {
  built ??= build();
  return built;
}

async function build(): Promise<string> {
  await mkdir(CACHE, { recursive: true });
  const folder = await mkdtemp(join(CACHE, "landfall-crash-"));
  await Promise.all(["worker", "supervisor"].map((program) => bundle(program, folder)));
  return folder;
}

afterAll(async () => {
  if (built) await rm(await built, { recursive: true, force: true });
});
