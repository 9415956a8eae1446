import type { Page } from "@playwright/test";
import { expect, test } from "./fixtures";

/** next-auth answers a refusal with 401, and a browser logs every 401. */
test.use({ tolerated: /status of 401|status of 429/ });

async function trySignIn(page: Page, email: string, password: string): Promise<void> {
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

test("a person signs in where they wanted to go, after a wrong password, and out again", async ({ page, people }) => {
  const { email, password } = await people.person("admin");
  await page.goto("/services");
  await expect(page).toHaveURL(/\/sign-in\?next=%2Fservices$/);
  const picture = page.locator('meta[property="og:image"]');
  await expect(picture).toHaveAttribute("content", `${new URL(page.url()).origin}/og.png`);

  await trySignIn(page, email, "not the password");
  await expect(page.getByRole("alert").filter({ hasText: "Incorrect email or password" })).toBeVisible();
  await trySignIn(page, email, password);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Services");

  await page.getByRole("button", { name: "Account" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Sign in");
  await page.goto("/services");
  await expect(page.getByRole("button", { name: "Sign in" })).toBeVisible();
});

test.describe("from an address of its own", () => {
  test.use({ extraHTTPHeaders: { "x-forwarded-for": "198.51.100.7" } });

  test("who tries too often is told to wait, and nobody else is locked out", async ({ page, people }) => {
    await page.goto("/sign-in");
    const guesses = 10;
    for (let guess = 1; guess <= guesses; guess += 1) {
      await trySignIn(page, "somebody@landfall.test", `guess number ${guess}`);
      await expect(page.getByRole("alert").filter({ hasText: "Incorrect email or password" })).toBeVisible();
      await expect(page.getByRole("button", { name: "Sign in" })).toBeEnabled();
    }
    await trySignIn(page, "somebody@landfall.test", "one guess more");
    await expect(page.getByRole("alert").filter({ hasText: "Too many attempts" })).toBeVisible();

    const { email, password } = await people.person("admin");
    await trySignIn(page, email, password);
    await expect(page.getByRole("button", { name: "Account" })).toBeVisible();
  });
});
