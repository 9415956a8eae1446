import { expect, test } from "./fixtures";

const RECENT = { timeout: 60_000 };

test("an admin has a backup made, sees it proven, and finds it in the audit", async ({ page, signIn }) => {
  await signIn("admin");
  await page.goto("/backups");
  await expect(page.getByRole("note").filter({ hasText: "Backups do not include the secret key" })).toBeVisible();
  await page.getByRole("button", { name: "Back up now" }).first().click();
  const toast = await page.getByText(/^Backup \S+ is queued\.$/).textContent();
  const name = toast?.split(" ")[1] ?? "";
  const row = page.getByRole("row").filter({ hasText: name });
  await expect(row).toContainText("Verified", RECENT);
  await expect(row).toContainText("by admin");
  await expect(row).toContainText("Without the secret key");
  await expect(row).toContainText(/\d+ rows in \d+ tables/);
  await expect(page.getByRole("button", { name: "Back up now" })).toBeEnabled();

  await page.goto("/audit");
  await expect(page.getByRole("listitem").filter({ hasText: `requested backup ${name}` })).toBeVisible();
});

test("a viewer sees the backups and cannot ask for one", async ({ page, signIn }) => {
  await signIn("viewer");
  await page.goto("/backups");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Backups");
  await expect(page.getByRole("button", { name: "Back up now" })).toBeHidden();
});
