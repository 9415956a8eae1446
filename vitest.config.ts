import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { hostCount } from "./e2e/hosts/host-count.mjs";
import LongestFirst from "./scripts/tests/longest-first.mjs";

const programs = ["scripts/tests/build-programs.ts"];
const database = {
  globalSetup: [...programs, "lib/platform/db/test-server.ts"],
  setupFiles: ["lib/platform/db/test-setup.ts"],
};
/**
 * Unit and database tests run concurrently, so twice as many files run as there are processors: they mostly wait for
 * Postgres, processes and time. More files would only delay each other.
 */
const mostlyWaiting = { maxWorkers: availableParallelism(), maxConcurrency: 12 };
/** A check of a server runs a command there, which takes processor time from the server itself. */
const lookingAtServers = { expect: { poll: { timeout: 30_000, interval: 200 } } };
/** `import program from "./x.sh" with { type: "text" }`, which the product's bundlers support natively. */
const programsAsText = {
  name: "programs-as-text",
  transform: {
    filter: { id: /\.(sh|py)$/ },
    handler: (text: string) => ({ code: `export default ${JSON.stringify(text)};`, map: null }),
  },
};
const everywhere = "{app,cli,components,lib,scripts,e2e,bench}/**";

export default defineConfig({
  plugins: [programsAsText],
  resolve: { alias: { "@": import.meta.dirname } },
  test: {
    // The product's log does not belong to a test's output; set the variable to see it.
    env: { LANDFALL_LOG_LEVEL: process.env.LANDFALL_LOG_LEVEL ?? "silent" },
    // The TypeScript that one suite transformed is reused by the next one and by the next run.
    fsModuleCache: true,
    sequence: { sequencer: LongestFirst },
    reporters: ["default", "./scripts/tests/vitest-reporter.mjs"],
    // A busy machine is slow, not wrong.
    expect: { poll: { timeout: 30_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          testTimeout: 120_000,
          hookTimeout: 120_000,
          globalSetup: programs,
          // They share no state but the environment; loading every module for every file took a third of their time.
          isolate: false,
          setupFiles: ["scripts/tests/same-environment.ts"],
          include: [`${everywhere}/*.test.{ts,tsx}`],
          exclude: ["**/*.{db,crash,endurance,hosts,production}.test.ts"],
          ...mostlyWaiting,
          // lib/platform/env.ts requires these; a unit test that connects to the address fails.
          env: { DATABASE_URL: "postgresql://127.0.0.1:1/none", LANDFALL_SECRET_KEY: "0".repeat(64) },
        },
      },
      {
        extends: true,
        test: {
          ...database,
          name: "db",
          include: [`${everywhere}/*.db.test.ts`],
          ...mostlyWaiting,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          ...database,
          name: "crash",
          include: [`${everywhere}/*.crash.test.ts`],
          // Each file kills processes in several lanes, whose workers take most of the database's connections.
          maxWorkers: 1,
          maxConcurrency: 6,
          testTimeout: 300_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          ...database,
          name: "endurance",
          include: [`${everywhere}/*.endurance.test.ts`],
          fileParallelism: false,
          testTimeout: 60 * 60_000,
          hookTimeout: 5 * 60_000,
        },
      },
      {
        extends: true,
        test: {
          ...database,
          globalSetup: [...database.globalSetup, "e2e/hosts/global-setup.ts"],
          name: "hosts",
          include: [`${everywhere}/*.hosts.test.ts`],
          // As many as there are hosts.
          maxWorkers: hostCount,
          ...lookingAtServers,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        extends: true,
        test: {
          ...database,
          globalSetup: [...database.globalSetup, "e2e/hosts/global-setup.ts"],
          name: "production",
          include: [`${everywhere}/*.production.test.ts`],
          // They wait for free hosts, for each other's builds (with-processors.ts), and mostly for time.
          maxWorkers: 3,
          ...lookingAtServers,
          testTimeout: 20 * 60_000,
          hookTimeout: 30 * 60_000,
        },
      },
    ],
  },
});
