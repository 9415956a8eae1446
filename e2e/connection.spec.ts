import { consoleUnderTest } from "./console-under-test";
import { CuttableWay } from "./cuttable-way";
import { DeploymentPage, expect, test } from "./fixtures";

/** A browser logs every request that fails on the network. */
test.use({ tolerated: /net::ERR_/ });

test("a page that loses its connection says so, and shows everything once when it is back", async ({
  page,
  signIn,
  aService,
}) => {
  await signIn("admin");
  const service = await aService({ gatedBuild: true });
  await service.gates.shut("build");
  const { id } = await service.asksForDeployment();
  const way = await CuttableWay.open(consoleUnderTest().address);
  await page.goto(`${way.address}/deployments/${id}`);
  const deployment = new DeploymentPage(page);
  await expect(deployment.line("compiling")).toBeVisible();

  way.cut();
  const notice = page.getByRole("status").filter({ hasText: "You're offline" });
  await expect(notice).toBeVisible();
  await service.gates.open("build");
  await expect.poll(async () => (await service.deployment(id)).state, { timeout: 120_000 }).toBe("succeeded");
  await deployment.says(service.name, 1, "Running");
  // The router would leave the page for the browser's own error page.
  await page.getByRole("navigation", { name: "Main" }).first().getByRole("link", { name: "Services" }).click();
  await expect(page.getByText("You're offline").nth(1)).toBeVisible();
  await expect(page).toHaveURL(`${way.address}/deployments/${id}`);

  way.mend();
  await deployment.says(service.name, 1, "Succeeded");
  await expect(notice).toBeHidden();
  const { logLines } = await service.deployment(id);
  await expect(page.getByText(`${logLines} lines`, { exact: true })).toBeVisible();
  await expect(deployment.line("compiling")).toHaveCount(1);
  await expect(deployment.line("compiled")).toHaveCount(1);
  way.close();
});

test("a button that is clicked before the page's script is there does its work as soon as it is", async ({
  page,
  signIn,
}) => {
  await signIn("admin");
  const gate = Promise.withResolvers<void>();
  await page.route("**/_next/static/**/*.js", async (route) => {
    await gate.promise;
    await route.continue();
  });
  await page.goto("/services", { waitUntil: "commit" });
  await page.getByRole("button", { name: "Account" }).click();
  gate.resolve();
  await expect(page.getByRole("menuitem", { name: "Sign out" })).toBeVisible();
});

test("a choice that is clicked before the page's script is there, or before its part of it, is made", async ({
  page,
  signIn,
}) => {
  await signIn("admin");
  for (const isHeld of [() => true, (script: string) => script.includes("hasAgent")]) {
    const gate = Promise.withResolvers<void>();
    await page.route("**/_next/static/**/*.js", async (route) => {
      if (isHeld(await (await route.fetch()).text())) await gate.promise;
      await route.continue();
    });
    await page.goto("/targets/new", { waitUntil: "commit" });
    if (!isHeld("")) await expect.poll(() => page.evaluate(() => window.earlyClicks === undefined)).toBe(true);
    await page.getByRole("radio", { name: /A Dokploy server/ }).click();
    gate.resolve();
    await expect(page.getByLabel("API key", { exact: true })).toBeVisible();
    await page.unroute("**/_next/static/**/*.js");
  }
});
