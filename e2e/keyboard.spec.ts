import { DeploymentPage, expect, test } from "./fixtures";

test("everything important is a few keys away", async ({ page, signIn, aService }) => {
  await signIn("admin");
  const service = await aService();
  await page.goto("/deployments");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Deployments");
  const help = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  // Keys pressed before the page's scripts run are lost, as they are for a person.
  await expect(async () => {
    await page.keyboard.press("?");
    await expect(help).toBeVisible({ timeout: 1_000 });
  }).toPass();
  await page.keyboard.press("Escape");
  await expect(help).toBeHidden();

  await page.keyboard.press("g");
  await page.keyboard.press("s");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Services");

  await page.keyboard.press("Control+k");
  const palette = page.getByRole("dialog", { name: "Command palette" });
  await expect(palette).toBeVisible();
  await page.keyboard.type(service.name);
  await expect(palette.getByRole("option", { name: `${service.name} Not deployed` })).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1 })).toContainText(service.name);
});

test("f follows the log and lets it go, and the palette finds its deployment by number", async ({
  page,
  signIn,
  aService,
}) => {
  await signIn("admin");
  const service = await aService({ gatedBuild: true });
  await service.gates.shut("build");
  const { id } = await service.asksForDeployment();
  await page.goto(`/deployments/${id}`);
  await expect(new DeploymentPage(page).line("compiling")).toBeVisible();
  const follow = page.getByRole("button", { name: "Follow" });
  await expect(follow).toHaveAttribute("aria-pressed", "true");
  await page.keyboard.press("f");
  await expect(follow).toHaveAttribute("aria-pressed", "false");
  await page.keyboard.press("f");
  await expect(follow).toHaveAttribute("aria-pressed", "true");
  await service.gates.open("build");
  await expect(follow).toBeHidden();

  await page.keyboard.press("g");
  await page.keyboard.press("s");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Services");
  await page.keyboard.press("Control+k");
  const palette = page.getByRole("dialog", { name: "Command palette" });
  const found = palette.getByRole("group", { name: "Deployments" }).getByRole("option");
  for (const call of ["1", `${service.name} 1`, `${service.name.slice(0, -1)} #1`, "#1"]) {
    await palette.getByRole("combobox").fill(call);
    await expect(found.first(), call).toContainText(`${service.name} #1`);
  }
  await palette.getByRole("combobox").fill(`${service.name} #2`);
  await expect(palette.getByText("Nothing matches.")).toBeVisible();
  await palette.getByRole("combobox").fill(`${service.name} #1`);
  await expect(found).toHaveCount(1);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(`/deployments/${id}`);
});

test("a dialog keeps the focus while it is open and gives it back", async ({ page, signIn }) => {
  await signIn("admin");
  await page.goto("/tokens");
  const opener = page.getByRole("button", { name: "New token" }).first();
  await opener.focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByLabel("Name")).toBeFocused();
  const stops = 12; // more than it has
  for (let stop = 0; stop < stops; stop += 1) {
    await page.keyboard.press("Tab");
    await expect(dialog.locator(":focus")).toHaveCount(1);
  }
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(opener).toBeFocused();
});
