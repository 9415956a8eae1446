import { defineConfig } from "vitest/config";

const database = {
  globalSetup: ["scripts/bundle-supervisor.ts", "lib/db/test-server.ts"],
  setupFiles: ["lib/db/test-setup.ts"],
};
const everywhere = "{app,components,lib,scripts,e2e,bench}/**";

export default defineConfig({
  resolve: { alias: { "@": import.meta.dirname } },
  test: {
    // What the product logs is not what a test says; set it to read along.
    env: { LANDFALL_LOG_LEVEL: process.env.LANDFALL_LOG_LEVEL ?? "silent" },
    // Where a machine is shared with others, a test may meet a pause of all of it. There it gets one more attempt, from its
    // own beginning, and `npm test` names it.
    retry: process.env.CI ? 1 : 0,
    // A busy machine is slow, not wrong.
    expect: { poll: { timeout: 15_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: [`${everywhere}/*.test.{ts,tsx}`],
          exclude: ["**/*.{db,crash,hosts,production}.test.ts"],
          // What lib/env.ts insists on; a unit test that connects to it fails.
          env: { DATABASE_URL: "postgresql://127.0.0.1:1/none", LANDFALL_SECRET_KEY: "0".repeat(64) },
        },
      },
      {
        extends: true,
        test: {
          ...database,
          name: "db",
          include: [`${everywhere}/*.db.test.ts`],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          ...database,
          name: "crash",
          include: [`${everywhere}/*.crash.test.ts`],
          // Each of them kills processes and measures how long others take to notice: alone on the machine.
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 60_000,
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
          maxWorkers: 2,
          testTimeout: 180_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          ...database,
          globalSetup: [...database.globalSetup, "e2e/hosts/global-setup.ts"],
          name: "production",
          include: [`${everywhere}/*.production.test.ts`],
          // Each builds Landfall's image, or finds it built, and installs it on a server of its own.
          fileParallelism: false,
          testTimeout: 600_000,
          hookTimeout: 30 * 60_000,
        },
      },
    ],
  },
});
