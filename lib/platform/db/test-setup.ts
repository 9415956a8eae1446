/*
 * Files run one after another in a process, which loads packages (Prisma, pg-boss, Next) once. Each file has modules of
 * ours, what they share through globalThis and a database of its own.
 */
import { vi } from "vitest";

vi.resetModules();
const shared = globalThis as Record<string, unknown>;
for (const name of Object.keys(shared)) if (/^landfall[A-Z]/.test(name)) delete shared[name];

// Before the import of the test file, whose modules may read the environment.
const { testDatabase } = await import("./test-database");
await testDatabase();
