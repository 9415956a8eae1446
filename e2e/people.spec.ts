import type { Page } from "@playwright/test";
import { expect, test } from "./fixtures";

function mainNavigation(page: Page): Promise<string[]> {
  return page.getByRole("navigation", { name: "Main" }).first().getByRole("link").allTextContents();
}

test("an admin adds somebody, changes what they may do, and finds all of it in the audit", async ({ page, signIn }) => {
  await signIn("admin");
  await page.goto("/users");
  const name = `Ada ${Date.now().toString(36)}`;
  await page.getByRole("button", { name: "Add user" }).click();
  const dialog = page.getByRole("dialog", { name: "Add a user" });
  await dialog.getByLabel("Name").fill(name);
  await dialog.getByLabel("Email").fill(`${name.replace(" ", ".").toLowerCase()}@landfall.test`);
  await dialog.getByRole("button", { name: "Generate password" }).click();
  await expect(dialog.getByLabel("Password", { exact: true })).toHaveValue(/^.{12,}$/);
  await dialog.getByRole("button", { name: "Add user" }).click();
  const row = page.getByRole("row", { name: new RegExp(name) });
  await expect(row).toContainText("Member");

  await page.getByRole("button", { name: `Actions for ${name}` }).click();
  await page.getByRole("menuitem", { name: "Edit…" }).click();
  const edit = page.getByRole("dialog", { name: `Edit ${name}` });
  await edit.getByLabel("Role").selectOption("Viewer");
  await edit.getByRole("button", { name: "Save" }).click();
  await expect(row).toContainText("Viewer");

  await page.goto("/audit");
  await expect(page.getByRole("listitem").filter({ hasText: `changed user ${name}` })).toBeVisible();
  await expect(page.getByRole("listitem").filter({ hasText: `added user ${name}` })).toBeVisible();
});

test("a member sees their own services and no pages that are not theirs", async ({ page, signIn, aService }) => {
  const others = await aService();
  const own = await aService({ owner: "member" });
  await signIn("member");
  await page.goto("/services");
  await expect(page.getByRole("link", { name: own.name }).first()).toBeVisible();
  await expect(page.getByText(others.name)).toBeHidden();
  expect(await mainNavigation(page)).not.toEqual(expect.arrayContaining(["Users"]));
  expect(await mainNavigation(page)).not.toEqual(expect.arrayContaining(["Audit"]));
  await page.goto("/users");
  await expect(page.getByRole("heading", { name: "You don't have access" })).toBeVisible();
});

test("a viewer reads everything and is offered nothing that changes it", async ({ page, signIn, aService }) => {
  const service = await aService();
  await service.deploys("1");
  const { id } = await service.deploys("2");
  await signIn("viewer");
  await page.goto(`/services/${service.name}`);
  await expect(page.getByRole("heading", { level: 1 })).toContainText(service.name);
  await expect(page.getByRole("button", { name: "Deploy", exact: true })).toBeHidden();
  await expect(page.getByRole("button", { name: /^Roll back/ })).toBeHidden();
  await page.goto(`/deployments/${id}`);
  await expect(page.getByText(/^0 of \d+ requests failed/)).toBeVisible();
  await expect(page.getByRole("button", { name: "Redeploy" })).toBeHidden();
  await page.goto("/services");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Services");
  await expect(page.getByRole("link", { name: "New service" })).toBeHidden();

  // The list's filter is in its address.
  const filters = [page.getByLabel("Search services"), page.getByLabel("Status", { exact: true })] as const;
  const areThere = async () => {
    await expect(page).toHaveURL(`/services?search=${service.name}&status=live`);
    await expect(filters[0]).toHaveValue(service.name);
    await expect(filters[1]).toHaveValue("live");
    await expect(page.getByRole("main").getByRole("row")).toHaveCount(2);
  };
  await filters[0].fill(service.name);
  await expect(page).toHaveURL(`/services?search=${service.name}`);
  await filters[1].selectOption("Live");
  await areThere();
  await page.reload();
  await areThere();
  await page.getByRole("link", { name: service.name, exact: true }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText(service.name);
  await page.goBack();
  await areThere();
  await filters[1].selectOption("Not running");
  await expect(page.getByText(service.name)).toBeHidden();
  await page.goto("/users");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Users");
  await expect(page.getByRole("button", { name: "Add user" })).toBeHidden();
});
