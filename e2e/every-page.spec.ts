/* What holds for every page: nothing axe objects to, in both themes and both directions, and nothing wider than a phone. */
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, test } from "./fixtures";
import { pagesOf } from "./pages";
import type { ServiceUnderTest } from "./service-under-test";

test.use({ tolerated: /status of 404/ });
test.describe.configure({ timeout: 180_000 });

const LOOKS = [
  { name: "in light", locale: "en", scheme: "light" },
  { name: "in dark", locale: "en", scheme: "dark" },
  { name: "in Arabic", locale: "ar", scheme: "light" },
] as const;

for (const { name, locale, scheme } of LOOKS) {
  test(`axe objects to nothing ${name}`, async ({ page, context, baseURL, signIn, aService }) => {
    const pages = await aWholeConsole(aService);
    await context.addCookies([{ name: "landfall-locale", value: locale, url: String(baseURL) }]);
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    await page.goto("/sign-in");
    await hasNoObjections(page);
    await signIn("admin");
    for (const path of pages) {
      await settle(page, path);
      await hasNoObjections(page);
    }
  });
}

test("no page is wider than a phone, and every page is reached on one", async ({ page, signIn, aService }) => {
  const pages = await aWholeConsole(aService);
  await page.setViewportSize({ width: 390, height: 844 });
  await signIn("admin");
  for (const path of pages) {
    await settle(page, path);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(overflow, `${path} is too wide`).toBeLessThanOrEqual(0);
  }
  await page.goto("/");
  const bar = page.getByRole("navigation", { name: "Main" });
  await bar.getByRole("link", { name: "Services" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Services");
  await bar.getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name: "Audit" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Audit");
});

/** A good deployment and a bad one, so that pages have something to show. */
async function aWholeConsole(aService: (options?: object) => Promise<ServiceUnderTest>): Promise<string[]> {
  const service = await aService({ environment: { GREETING: "hello" } });
  await service.deploys("1");
  const { id } = await service.deploys("2", { healthStatus: 500 });
  return pagesOf(service, id);
}

async function settle(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await expect(page.getByRole("heading").first()).toBeVisible();
  await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
}

async function hasNoObjections(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const said = violations.map(({ id, help, nodes }) => ({
    id,
    help,
    where: nodes.slice(0, 3).map(({ target }) => target),
  }));
  expect(said, page.url()).toEqual([]);
}
