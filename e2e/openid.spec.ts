/* Signing in through a real provider: who is linked, who is not, and what an unverified address is worth. */
import type { Browser, Page } from "@playwright/test";
import { consoleUnderTest } from "./console-under-test";
import { expect, test } from "./fixtures";
import { OpenIdProvider } from "./openid-provider";

test("who is not linked is refused, also under an administrator's address, until an administrator links them", async ({
  page,
  browser,
  people,
  signIn,
}) => {
  const member = await people.person("member");
  const { admin } = consoleUnderTest();
  const provider = await OpenIdProvider.start({
    "ada-at-work": { name: "Ada at work", email: "ada@elsewhere.test", email_verified: true },
    mallory: { name: "Mallory", email: admin.email, email_verified: true },
  });
  try {
    for (const name of ["mallory", "ada-at-work"]) {
      const stranger = await throughProvider(browser, name);
      await expect(stranger.getByText("This account is not known here")).toBeVisible();
      await stranger.context().close();
    }

    await signIn("admin");
    await page.goto("/users");
    await page.getByLabel("Link Ada at work to").selectOption(member.name);
    const account = page.getByRole("listitem").filter({ hasText: "Ada at work" });
    await account.getByRole("button", { name: "Link" }).click();
    await expect(page.getByText(`The account was linked to ${member.name}.`, { exact: true })).toBeVisible();
    await expect(page.getByRole("listitem").filter({ hasText: "Mallory" })).toContainText(admin.email);

    const linked = await throughProvider(browser, "ada-at-work");
    await expect(linked.getByRole("heading", { level: 1 })).toHaveText("Services");
    await linked.goto("/account");
    await expect(linked.getByText(member.email)).toBeVisible();
    await linked.context().close();
  } finally {
    await provider.close();
  }
});

/** Signs in at the provider, gives consent, and returns the page once the provider redirects to the console. */
async function throughProvider(browser: Browser, name: string): Promise<Page> {
  const context = await browser.newContext({ baseURL: consoleUnderTest().address });
  const page = await context.newPage();
  await page.goto("/sign-in?next=/services");
  await page.getByRole("button", { name: "Continue with OpenID Connect" }).click();
  await page.getByPlaceholder("Enter any login").fill(name);
  await page.getByPlaceholder("and password").fill("any");
  await page.getByRole("button", { name: "Sign-in" }).click();
  await page.getByRole("button", { name: "Continue" }).click();
  return page;
}
