import { DeploymentPage, expect, test } from "./fixtures";

test("a person makes a service, deploys it, and watches it become healthy", async ({ page, signIn, aProgram }) => {
  await signIn("admin");
  const program = await aProgram();
  await program.gates.shut("build");
  await page.goto("/services");
  await page.getByRole("link", { name: "New service" }).first().click();
  await page.getByLabel("Name", { exact: true }).fill(program.name);
  await page.getByLabel("Source folder").fill(program.folder);
  await page.getByLabel("Port", { exact: true }).fill(String(program.port));
  await page.getByLabel("Build command").fill(program.gatedBuild);
  await page.getByRole("button", { name: "Add variable" }).click();
  await page.getByLabel("Name, variable 1").fill("GREETING");
  await page.getByLabel("Value, GREETING").fill("hello");
  await page.getByRole("button", { name: "Create and deploy" }).click();

  const deployment = new DeploymentPage(page);
  await expect(deployment.phase("Validation", "Succeeded")).toBeVisible();
  await expect(deployment.phase("Transfer", "Succeeded")).toBeVisible();
  await expect(deployment.phase("Build", "Running")).toBeVisible();
  await expect(deployment.phase("Start Service", "Waiting")).toBeVisible();
  await expect(deployment.line("compiling")).toBeVisible();
  await expect(deployment.line("compiled")).toBeHidden();
  await deployment.says(program.name, 1, "Running");
  // While following, the log's newest line is visible without scrolling the page.
  await expect(deployment.line("compiling")).toBeInViewport();
  await expect(page).toHaveTitle(`● #1 Build · ${program.name} · Landfall`);
  await expect(page.locator("link[rel~=icon]").first()).toHaveAttribute("href", /icon-running\.svg$/);

  await program.gates.open("build");
  await expect(deployment.line("compiled")).toBeVisible();
  await deployment.says(program.name, 1, "Succeeded");
  await expect(page).toHaveTitle(`✓ #1 Succeeded · ${program.name} · Landfall`);
  await expect(page.locator("link[rel~=icon]").first()).toHaveAttribute("href", /icon-succeeded\.svg$/);
  for (const title of ["Build", "Start Service", "Verify Health", "Register"])
    await expect(deployment.phase(title, "Succeeded")).toBeVisible();
  await expect(page.getByText(/^0 of \d+ requests failed/)).toBeVisible();
  await expect(page.getByRole("link", { name: `localhost:${program.port}` }).first()).toBeVisible();
  expect(await program.answer()).toBe("1 hello");

  await page.getByRole("link", { name: program.name }).first().click();
  await expect(page.getByText("Running", { exact: true })).toBeVisible();
});

test("a release that is not healthy gets no traffic, and the old one serves on", async ({ page, signIn, aService }) => {
  await signIn("admin");
  const service = await aService();
  await service.deploys("1");
  await service.write("2", { healthStatus: 500 });
  await page.goto(`/services/${service.name}`);
  await page.getByRole("button", { name: "Deploy", exact: true }).click();

  const deployment = new DeploymentPage(page);
  await deployment.says(service.name, 2, "Failed");
  await expect(page.getByRole("heading", { name: "Verify Health failed" })).toBeVisible();
  await expect(page.getByText("did not pass its health check")).toBeVisible();
  await expect(page.getByRole("link", { name: "release 1, from #1" })).toBeVisible();
  for (const title of ["Start Service", "Build", "Transfer"])
    await expect(deployment.phase(title, "Reverted")).toBeVisible();
  expect(await service.answer()).toBe("1");
});

test("a person goes back to the release before, after seeing what differs", async ({ page, signIn, aService }) => {
  await signIn("admin");
  const service = await aService({ environment: { GREETING: "first" } });
  await service.deploys("1");
  await service.changeEnvironment({ GREETING: "second" });
  const { id } = await service.deploys("2");
  expect(await service.answer()).toBe("2 second");

  await page.goto(`/deployments/${id}`);
  await page.getByRole("button", { name: "Roll back to #1" }).click();
  const dialog = page.getByRole("dialog", { name: `Roll back ${service.name}` });
  await expect(dialog.getByText("1 environment variable changes")).toBeVisible();
  await expect(dialog.getByText("GREETING")).toBeVisible();
  await expect(dialog.getByText("first")).toBeHidden();
  await expect(dialog.getByText("release.json")).toBeVisible();
  await dialog.getByRole("button", { name: "Roll back to #1" }).click();

  const deployment = new DeploymentPage(page);
  await deployment.says(service.name, 3, "Succeeded");
  await expect(deployment.phase("Build", "Skipped")).toBeVisible();
  expect(await service.answer()).toBe("1 first");
});

test("a person cancels a deployment, and what it began is taken back", async ({ page, signIn, aService }) => {
  await signIn("admin");
  const service = await aService({ gatedBuild: true });
  await service.deploys("1");
  await service.gates.shut("build");
  await service.write("2");
  const { id } = await service.asksForDeployment();
  await page.goto(`/deployments/${id}`);
  const deployment = new DeploymentPage(page);
  await expect(deployment.line("compiling")).toBeVisible();

  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: `Cancel ${service.name} #2?` });
  await dialog.getByRole("button", { name: "Cancel deployment" }).click();
  await deployment.says(service.name, 2, "Cancelled");
  await expect(page.getByRole("heading", { name: "The deployment was cancelled" })).toBeVisible();
  await expect(deployment.phase("Transfer", "Reverted")).toBeVisible();
  expect(await service.answer()).toBe("1");
});

test("the log can be searched, narrowed to a phase, wrapped and shown alone, and a line of it shared", async ({
  page,
  signIn,
  aService,
}) => {
  await signIn("admin");
  const service = await aService({ gatedBuild: true });
  const { id } = await service.deploys("1");
  await page.goto(`/deployments/${id}`);
  const deployment = new DeploymentPage(page);
  await expect(deployment.line("compiled")).toBeVisible();

  await page.getByLabel("Search the log").fill("listening after");
  await expect(page.getByText("1 line matches")).toBeVisible();
  await expect(page).toHaveURL(/\?search=listening\+after$/);
  await expect(deployment.line("compiled")).toBeHidden();
  await page.getByRole("button", { name: "Clear search" }).click();
  await deployment.phase("Build", "Succeeded").click();
  await expect(deployment.line("compiled")).toBeVisible();
  await expect(deployment.log.getByText("listening after")).toBeHidden();

  await deployment.log
    .getByRole("link", { name: /^Link to line/ })
    .first()
    .click();
  await expect(page).toHaveURL(/#L\d+$/);

  for (const name of ["Wrap long lines", "Full screen"]) {
    const button = page.getByRole("button", { name });
    await expect(button).toHaveAttribute("aria-pressed", "false");
    await button.click();
    await expect(button).toHaveAttribute("aria-pressed", "true");
  }
  const log = page.getByRole("region", { name: "Log" });
  const isFullScreen = () => log.evaluate((region) => document.fullscreenElement === region);
  expect(await isFullScreen()).toBe(true);
  await expect(deployment.line("compiled")).toHaveCSS("white-space", /pre-wrap|break-spaces/);
  for (const name of ["Full screen", "Wrap long lines"]) {
    await page.getByRole("button", { name }).click();
    await expect(page.getByRole("button", { name })).toHaveAttribute("aria-pressed", "false");
  }
  expect(await isFullScreen()).toBe(false);

  await page.setViewportSize({ width: 390, height: 844 });
  const fold = page.getByRole("button", { name: "6 of 6 phases done" });
  await expect(fold).toHaveAttribute("aria-expanded", "false");
  await expect(deployment.phase("Build", "Succeeded")).toBeHidden();
  await fold.click();
  await expect(fold).toHaveAttribute("aria-expanded", "true");
  await expect(deployment.phase("Build", "Succeeded")).toBeVisible();
});

test.describe("a form with mistakes", () => {
  test.use({ tolerated: /status of 400/ }); // a browser logs every refusal

  test("names every one of them, and keeps what was typed", async ({ page, signIn }) => {
    await signIn("admin");
    await page.goto("/services/new");
    await page.getByLabel("Name", { exact: true }).fill("Not A Label");
    await page.getByLabel("Source folder").fill("/etc");
    await page.getByLabel("Port", { exact: true }).fill("70000");
    await page.getByRole("button", { name: "Create", exact: true }).click();
    await expect(page.getByLabel("Name", { exact: true })).toHaveAccessibleDescription(
      /lowercase letters, digits and hyphens/,
    );
    await expect(page.getByLabel("Source folder")).toHaveAccessibleDescription(/outside the folders/);
    await expect(page.getByLabel("Port", { exact: true })).toHaveAccessibleDescription(/65,?535 or less/);
    await expect(page.getByLabel("Name", { exact: true })).toHaveValue("Not A Label");
  });
});
