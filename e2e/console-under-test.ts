import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The console that playwright.config.ts starts for the journeys: a real one, as `npm start` makes it, with its own data. */
interface ConsoleUnderTest {
  address: string;
  dataDir: string;
  admin: { email: string; password: string };
  /** Of the OpenID provider that e2e/openid-provider.ts starts where a journey needs it. */
  openId: { issuer: string; clientId: string; clientSecret: string };
}

/** The config is read by several processes; the first one chooses, the others inherit. */
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
