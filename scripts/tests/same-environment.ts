/* Set-up of the unit tests, whose files share a worker's modules: restores the environment after each file. */
import { afterAll, vi } from "vitest";

const before = { ...process.env };
const cached = globalThis as { landfallEnv?: unknown };
delete cached.landfallEnv;

afterAll(() => {
  vi.unstubAllEnvs();
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  Object.assign(process.env, before);
});
