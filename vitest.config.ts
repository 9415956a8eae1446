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
 * Unit and database tests run beside each other, so twice as many files run as there are processors: they wait for
 * Postgres, processes and time. More of them only make each other late.
 */
const mostlyWaiting = { maxWorkers: availableParallelism(), maxConcurrency: 12 };
/** A look at a server is a command there, which takes processors from what it looks at. */
const lookingAtServers = { expect: { poll: { timeout: 30_000, interval: 200 } } };
/** `import program from "./x.sh" with { type: "text" }`, which the bundlers of the product know by themselves. */
const programsAsText = {
  name: "programs-as-text",
  transform: {
    filter: { id: /\.(sh|py)$/ },
    handler: (text: string) => ({ code: `export default ${JSON.stringify(text)};`, map: null }),
  },
};
const everywhere = "{app,components,lib,scripts,e2e,bench}/**";

export default defineConfig({
  plugins: [programsAsText],
  resolve: { alias: { "@": import.meta.dirname } },
  test: {
    // What the product logs is not what a test says; set it to read along.
    env: { LANDFALL_LOG_LEVEL: process.env.LANDFALL_LOG_LEVEL ?? "silent" },
    // What one suite has made of TypeScript, the next one and the next run take from there.
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
          // What lib/platform/env.ts insists on; a unit test that connects to it fails.
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
          // Each of them kills processes in several lanes, whose workers take most of the database's connections.
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
          // As many as there are hosts to take.
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
          // They wait for free hosts, for each other's builds (with-processors.ts), and most of all for time.
          maxWorkers: 3,
          ...lookingAtServers,
          testTimeout: 20 * 60_000,
          hookTimeout: 30 * 60_000,
        },
      },
    ],
  },
});
