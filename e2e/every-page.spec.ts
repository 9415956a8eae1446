/* Requirements for every page: no axe findings, in both themes and both directions, and nothing wider than a phone. */
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, test } from "./fixtures";
import { aHistory } from "./history";
import { pagesOf } from "./pages";
import type { ServiceOptions, ServiceUnderTest } from "./service-under-test";
import type { StackServer } from "./stack-server";

const CONTRAST = "color-contrast";
/** Not among axe's standard rules. */
const [NAME, SIZE] = ["label-content-name-mismatch", "target-size"];
/** Rules that another language and direction can break; colours, roles and order are the same as in the first. */
const OF_WORDS = [
  ...[NAME, SIZE, "html-has-lang", "html-lang-valid", "document-title", "scrollable-region-focusable"],
  ...[
    "button-name",
    "link-name",
    "label",
    "select-name",
    "input-button-name",
    "image-alt",
    "svg-img-alt",
    "role-img-alt",
  ],
  ...["aria-command-name", "aria-input-field-name", "aria-toggle-field-name", "aria-tooltip-name", "aria-dialog-name"],
  ...["aria-meter-name", "aria-progressbar-name", "summary-name", "empty-heading", "empty-table-header"],
];

/** The lists' columns at 1000 px, where the side bar shows only icons. */
const COLUMNS = {
  "/services": ["Service", "Status", "Address", "Target", "Last deployment"],
  "/deployments": ["Service", "Status", "Phases", "Duration", "By", "When"],
};

const MISSING = {
  "/services/nope": "Service",
  "/services/nope/releases": "Service",
  "/stacks/nope": "Stack",
  "/targets/nope": "Target",
  "/targets/nope/edit": "Target",
  "/templates/nope": "Template",
  "/deployments/nope": "Deployment",
  "/deployments/019a8f3e-2c44-7d10-9d3c-5b7f0a1e6c21": "Deployment",
};

test.use({ tolerated: /status of 404/ });
test.describe.configure({ timeout: 600_000 });

test("axe objects to nothing, in light and in dark, and no page is wider than its window or cut", async ({
  page,
  signIn,
  aService,
  stackServer,
}) => {
  const pages = await aWholeConsole(aService, stackServer);
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.goto("/sign-in");
  await hasNoObjectionsInBothThemes(page);
  await signIn("admin");
  for (const path of pages) {
    await settle(page, path);
    await hasNoObjectionsInBothThemes(page);
    await fits(page, path);
  }
});

test("axe objects to nothing in Arabic", async ({ page, context, baseURL, signIn, aService, stackServer }) => {
  const pages = await aWholeConsole(aService, stackServer);
  await context.addCookies([{ name: "landfall-locale", value: "ar", url: String(baseURL) }]);
  await page.goto("/sign-in");
  await expect(page.locator("html")).toHaveAttribute("dir", "rtl");
  await hasNoObjections(page, (axe) => axe.withRules(OF_WORDS));
  await signIn("admin");
  for (const path of pages) {
    await settle(page, path);
    await hasNoObjections(page, (axe) => axe.withRules(OF_WORDS));
  }
});

test("every page is reached on a phone, and the lists show their columns beside a narrow side bar", async ({
  page,
  signIn,
  aService,
  stackServer,
}) => {
  await aWholeConsole(aService, stackServer);
  await signIn("admin");
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto("/");
  const bar = page.getByRole("navigation", { name: "Main" });
  await bar.getByRole("link", { name: "Services" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Services");
  await bar.getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name: "Audit" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Audit log");

  await page.setViewportSize({ width: 1000, height: 844 });
  for (const [path, columns] of Object.entries(COLUMNS)) {
    await settle(page, path);
    for (const column of columns)
      await expect(
        page.getByRole("main").getByText(column, { exact: true }).filter({ visible: true }).first(),
        column,
      ).toBeVisible();
    expect(await page.evaluate(tooWide), `${path} at 1000 px`).toEqual([]);
    expect(await page.evaluate(scrollsSideways), `${path} at 1000 px`).toEqual([]);
  }
});

test("what is not there is named, on a page that has a title and one main part", async ({ page, signIn }) => {
  await signIn("admin");
  for (const [path, what] of Object.entries(MISSING)) {
    await page.goto(path);
    await expect(page.getByRole("heading", { level: 1 }), path).toHaveText(`${what} not found`);
    await expect(page.getByRole("main"), path).toHaveCount(1);
    await expect(page.getByRole("main"), path).toContainText(path.split("/")[2] ?? "");
    await expect(page, path).toHaveTitle(`${what} not found · Landfall`);
  }
});

/** On a phone and on a tablet; afterwards the window is as wide as before. */
async function fits(page: Page, path: string): Promise<void> {
  const before = page.viewportSize();
  for (const width of [390, 768]) {
    await page.setViewportSize({ width, height: 844 });
    expect(await page.evaluate(tooWide), `${path} at ${width} px`).toEqual([]);
  }
  if (before) await page.setViewportSize(before);
}

/** Elements that extend beyond the window, or beyond a box that hides overflow. */
function tooWide(): string[] {
  const isCut = (box: Element) =>
    getComputedStyle(box).overflowX === "hidden" && box.scrollWidth > box.clientWidth + 1 && box.clientWidth > 48;
  const boxes = [...document.querySelectorAll("main section, main .overflow-hidden")].filter(isCut);
  const page = document.documentElement.scrollWidth > window.innerWidth ? ["the page"] : [];
  return [...page, ...boxes.map((box) => box.querySelector("h2")?.textContent ?? box.className)];
}

/** Tables that can only be seen whole by scrolling. */
function scrollsSideways(): string[] {
  return [...document.querySelectorAll("main section")]
    .filter((box) => getComputedStyle(box).overflowX === "auto" && box.scrollWidth > box.clientWidth + 1)
    .map((box) => box.ariaLabel ?? box.className);
}

let whole: Promise<string[]> | undefined;

/** A service with a worker, two deployments and a history, so that pages have content; created once for all tests of this file. */
function aWholeConsole(
  aService: (options?: ServiceOptions) => Promise<ServiceUnderTest>,
  stackServer: StackServer,
): Promise<string[]> {
  whole ??= (async () => {
    const processes = { worker: { command: "sleep 1000000", replicas: 2 } };
    const service = await aService({ environment: { GREETING: "hello" }, settings: { processes } });
    const pushed = await aHistory(service);
    await service.deploys("1");
    const { id } = await service.deploys("2", { healthStatus: 500 });
    const pages = pagesOf(service, id, stackServer, await stackServer.makes("every-page"));
    return [...pages, `/services/${pushed}/settings`];
  })();
  return whole;
}

async function settle(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await expect(page.getByRole("main")).toBeVisible();
  await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
}

/** With the system's theme the theme changes without a new page; only its colours differ then. */
async function hasNoObjectionsInBothThemes(page: Page): Promise<void> {
  await inTheme(page, "light");
  await hasNoObjections(page);
  await inTheme(page, "dark");
  await hasNoObjections(page, (axe) => axe.withRules(CONTRAST), LOADED);
}

async function inTheme(page: Page, colorScheme: "light" | "dark"): Promise<void> {
  await page.emulateMedia({ colorScheme });
  await expect(page.locator("html")).toHaveAttribute("data-theme", colorScheme);
}

/** The source of axe on a page that has it already. */
const LOADED = "void 0";

async function hasNoObjections(page: Page, narrow = (axe: AxeBuilder) => axe, axeSource?: string): Promise<void> {
  const rules = { [NAME]: { enabled: true }, [SIZE]: { enabled: true } };
  // Without frames to inspect, it needs no page of its own; passed rules need no description.
  const axe = new AxeBuilder({ page, axeSource }).options({ rules, resultTypes: ["violations"] }).setLegacyMode();
  const { violations } = await narrow(axe).analyze();
  const said = violations.map(({ id, help, nodes }) => ({
    id,
    help,
    where: nodes.slice(0, 3).map(({ target }) => target),
  }));
  expect(said, page.url()).toEqual([]);
}
