import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { APIRequestContext, Browser, BrowserContext } from "@playwright/test";
import { expect } from "@playwright/test";
import pg from "pg";
import type { Role } from "@/lib/contracts/user";
import { consoleUnderTest, databaseUrl } from "./console-under-test";

export interface Person {
  role: Role;
  name: string;
  email: string;
  password: string;
}

type Session = Awaited<ReturnType<BrowserContext["storageState"]>>;

/** The people of the console under test: created on first use, signed in once, through the page. */
export class People {
  readonly #browser: Browser;
  readonly #known = new Map<Role, Promise<{ person: Person; session: Session }>>();

  constructor(browser: Browser) {
    this.#browser = browser;
  }

  async person(role: Role): Promise<Person> {
    return (await this.#one(role)).person;
  }

  /** For contexts that should be signed in as this person. */
  async session(role: Role): Promise<Session> {
    return (await this.#one(role)).session;
  }

  #one(role: Role) {
    const known = this.#known.get(role) ?? this.#signIn(role);
    this.#known.set(role, known);
    return known;
  }

  async #signIn(role: Role): Promise<{ person: Person; session: Session }> {
    const person = role === "admin" ? this.#admin() : await this.#add(role);
    const context = await this.#browser.newContext({ baseURL: consoleUnderTest().address });
    const page = await context.newPage();
    await page.goto("/sign-in");
    await page.getByLabel("Email").fill(person.email);
    await page.getByLabel("Password", { exact: true }).fill(person.password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page.getByRole("button", { name: "Account" })).toBeVisible({ timeout: 120_000 });
    const session = await context.storageState();
    await context.close();
    return { person, session };
  }

  #admin(): Person {
    return { role: "admin", name: "admin", ...consoleUnderTest().admin };
  }

  async #add(role: Role): Promise<Person> {
    const name = `${role} ${randomBytes(3).toString("hex")}`;
    const person = {
      role,
      name,
      email: `${name.replace(" ", "-")}@landfall.test`,
      password: randomBytes(9).toString("hex"),
    };
    const context = await this.#browser.newContext({
      baseURL: consoleUnderTest().address,
      storageState: await this.session("admin"),
      extraHTTPHeaders: { origin: consoleUnderTest().address },
    });
    await expectOk(context.request, "/api/users", person);
    if (role === "member") await grantThisMachine(context.request);
    await context.close();
    return person;
  }
}

/** Initially only administrators deploy to this machine. */
async function grantThisMachine(admin: APIRequestContext): Promise<void> {
  const sources = join(consoleUnderTest().dataDir, "sources");
  await mkdir(sources, { recursive: true });
  const grants = { audience: "everyone", sourceRoots: [sources] };
  await expectOk(admin, "/api/targets/this-machine", { grants }, "PATCH");
}

/** Sends a body as the context's person; any failure fails the test with the server's message. */
export async function expectOk<T>(request: APIRequestContext, path: string, body: object, method = "POST"): Promise<T> {
  const answer = await request.fetch(path, { method, data: body });
  expect(answer.ok(), `${method} ${path}: ${answer.status()} ${await answer.text()}`).toBe(true);
  return (await answer.json()) as T;
}

/**
 * All requests of a run come from one network address, which has thirty sign-in attempts in a quarter of an hour; and a
 * failed test may have left a person with another language.
 */
export async function forgetEarlierTests(): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl() });
  await client.connect();
  try {
    await client.query("DELETE FROM rate_limit WHERE key LIKE 'sign-in%'");
    await client.query('UPDATE "user" SET locale = NULL');
  } finally {
    await client.end();
  }
}
