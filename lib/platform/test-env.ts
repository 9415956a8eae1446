import { vi } from "vitest";

/** Modules imported from here on read the environment again, with these settings. */
export function withSettings(settings: Readonly<Record<string, string>> = {}): void {
  for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value);
  vi.resetModules();
  delete (globalThis as { landfallEnv?: unknown }).landfallEnv;
}
