import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The console that playwright.config.ts starts for the journeys: a real one, as with `npm start`, with its own data.
 */
interface ConsoleUnderTest {
  address: string;
  dataDir: string;
  admin: { email: string; password: string };
  /** The OpenID provider that e2e/openid-provider.ts starts where a journey needs it. */
  openId: { issuer: string; clientId: string; clientSecret: string };
}

/** Several processes read the config; the first one chooses the values, the others inherit them. */
const VARIABLE = "LANDFALL_E2E";

export function chooseConsole(choice: ConsoleUnderTest): ConsoleUnderTest {
  process.env[VARIABLE] ??= JSON.stringify(choice);
  return consoleUnderTest();
}

export function consoleUnderTest(): ConsoleUnderTest {
  return JSON.parse(process.env[VARIABLE] ?? "null") as ConsoleUnderTest;
}

/** For fixtures that write rows directly. */
export function databaseUrl(): string {
  const file = join(consoleUnderTest().dataDir, "postgres/cluster.json");
  const { port, password } = JSON.parse(readFileSync(file, "utf8")) as { port: number; password: string };
  return `postgresql://landfall:${password}@127.0.0.1:${port}/landfall`;
}
