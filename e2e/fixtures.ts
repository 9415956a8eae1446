import {
  type APIRequestContext,
  test as base,
  expect,
  type Locator,
  type Page,
  type PlaywrightWorkerArgs,
} from "@playwright/test";
import type { Role } from "@/lib/contracts/user";
import { consoleUnderTest } from "./console-under-test";
import { forgetEarlierTests, People, type Person } from "./people";
import { type ServiceOptions, ServiceUnderTest } from "./service-under-test";
import { StackServer } from "./stack-server";
import { WatchedPage } from "./watched-page";

interface Fixtures {
  /** Browser errors that the test provokes. */
  tolerated: RegExp;
  watched: WatchedPage;
  /** Signs the test's page in as this person, without the form. */
  signIn: (role: Role) => Promise<Person>;
  /** A service of the person's, created through the API. */
  aService: (options?: ServiceOptions & { owner?: Role }) => Promise<ServiceUnderTest>;
  /** A folder with a program in it and a free port: what a person has before they use the console. */
  aProgram: () => Promise<ServiceUnderTest>;
}

interface WorkerFixtures {
  people: People;
  /** A server for stacks, in the console and of the test's own. */
  stackServer: StackServer;
}

export const test = base.extend<Fixtures, WorkerFixtures>({
  people: [
    async ({ browser }, use) => {
      await forgetEarlierTests();
      await use(new People(browser));
    },
    { scope: "worker" },
  ],
  stackServer: [
    async ({ playwright, people }, use) => {
      const admin = await requestsOf(playwright, people, "admin");
      const server = await StackServer.start(admin);
      await use(server);
      await server.close();
      await admin.dispose();
    },
    { scope: "worker", timeout: 120_000 },
  ],
  tolerated: [/^$/, { option: true }],
  watched: [
    async ({ page, tolerated }, use) => {
      const watched = new WatchedPage(page, tolerated);
      await use(watched);
      watched.isQuiet();
    },
    { auto: true },
  ],
  signIn: async ({ context, people }, use) => {
    await use(async (role) => {
      await context.addCookies((await people.session(role)).cookies);
      return people.person(role);
    });
  },
  aService: async ({ playwright, people }, use) => {
    const requests: APIRequestContext[] = [];
    await use(async ({ owner = "admin", ...options } = {}) => {
      const request = await requestsOf(playwright, people, owner);
      requests.push(request);
      return ServiceUnderTest.create(request, options);
    });
    for (const request of requests) await request.dispose();
  },
  aProgram: async ({ playwright, people }, use) => {
    const request = await requestsOf(playwright, people, "admin");
    await use(() => ServiceUnderTest.prepare(request));
    await request.dispose();
  },
});

async function requestsOf(playwright: PlaywrightWorkerArgs["playwright"], people: People, role: Role) {
  const { address } = consoleUnderTest();
  return playwright.request.newContext({
    baseURL: address,
    storageState: await people.session(role),
    extraHTTPHeaders: { origin: address },
  });
}

/** The page of one deployment, in the words that it displays. */
export class DeploymentPage {
  readonly log: Locator;

  constructor(readonly page: Page) {
    this.log = page.getByRole("log");
  }

  /** The announcement for screen readers: "shop number 2: Running". */
  async says(service: string, number: number, state: string): Promise<void> {
    await expect(this.page.getByText(`${service} number ${number}: ${state}`)).toBeAttached({ timeout: 120_000 });
  }
  phase(title: string, status: string): Locator {
    return this.page.getByRole("button", { name: new RegExp(`^${title}\\s+${status}`) });
  }
  /** The line as it was written, without its number and time. */
  line(text: string): Locator {
    return this.log.getByText(text, { exact: true });
  }
}

export { expect };
