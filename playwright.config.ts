import { randomBytes } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "@playwright/test";
import { chooseConsole } from "./e2e/console-under-test";
import { freePort } from "./lib/hosts/free-port";
import { findChromium } from "./scripts/find-chromium.mjs";

const console = process.env.LANDFALL_E2E
  ? chooseConsole(JSON.parse(process.env.LANDFALL_E2E))
  : chooseConsole({
      address: `http://localhost:${await freePort()}`,
      dataDir: mkdtempSync(join(tmpdir(), "landfall-e2e-")),
      admin: { email: "admin@landfall.test", password: randomBytes(12).toString("hex") },
      openId: {
        issuer: `http://localhost:${await freePort()}`,
        clientId: "landfall",
        clientSecret: randomBytes(24).toString("hex"),
      },
    });

export default defineConfig({
  testDir: "e2e",
  testMatch: "*.spec.ts",
  outputDir: "test-results/e2e",
  // They share one console and two cores; a journey really deploys, which takes seconds.
  workers: 1,
  timeout: 240_000,
  expect: { timeout: 30_000 },
  forbidOnly: Boolean(process.env.CI),
  reporter: [["list"], ["./scripts/tests/playwright-reporter.mjs"]],
  use: {
    baseURL: console.address,
    // A trace takes a quarter of the processor time: `npx playwright test --trace retain-on-failure <file>` makes one.
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: process.env.CHROMIUM_PATH ?? (await findChromium()),
      args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    },
  },
  webServer: {
    command: "node scripts/start.mjs",
    url: `${console.address}/api/health`,
    timeout: 300_000,
    gracefulShutdown: { signal: "SIGTERM", timeout: 60_000 },
    env: {
      PORT: new URL(console.address).port,
      LANDFALL_DATA_DIR: console.dataDir,
      LANDFALL_SOURCE_ROOTS: join(console.dataDir, "sources"),
      LANDFALL_DEMO: "0",
      LANDFALL_ADMIN_EMAIL: console.admin.email,
      LANDFALL_ADMIN_PASSWORD: console.admin.password,
      OIDC_ISSUER: console.openId.issuer,
      OIDC_ID: console.openId.clientId,
      OIDC_SECRET: console.openId.clientSecret,
      RATE_LIMIT_RPM: "10000",
      // A stack that is healthy stays so: the stand-in for its server is told otherwise where that is tested.
      STACK_STABILITY_MS: "1500",
      HEALTH_INTERVAL_MS: "500",
      // Journeys that sign in often use addresses of their own; otherwise they would use up each other's attempts.
      LANDFALL_TRUSTED_PROXIES: "loopback",
    },
  },
});
