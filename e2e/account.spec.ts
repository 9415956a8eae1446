/* A person's own account: password, second factors, sessions. The passkey is Chromium's own virtual authenticator. */
import { randomBytes } from "node:crypto";
import type { Browser, Page } from "@playwright/test";
import { Secret, TOTP } from "otpauth";
import { consoleUnderTest } from "./console-under-test";
import { expect, test } from "./fixtures";
import { expectOk, type People } from "./people";

/** next-auth answers a refusal with 401, and a browser logs every refusal. */
test.use({ tolerated: /status of (401|403|422)/ });

const STEP_MS = 30_000;
const PASSWORD = `first ${randomBytes(9).toString("hex")}`;

/** A user of this test alone: its changes must not affect the other tests. */
async function aPerson(browser: Browser, people: People, change: object = {}): Promise<{ email: string }> {
  const name = `account ${randomBytes(3).toString("hex")}`;
  const email = `${name.replace(" ", "-")}@landfall.test`;
  const { address } = consoleUnderTest();
  const context = await browser.newContext({
    baseURL: address,
    storageState: await people.session("admin"),
    extraHTTPHeaders: { origin: address },
  });
  const user = { name, email, role: "member", password: PASSWORD };
  const { id } = await expectOk<{ id: string }>(context.request, "/api/users", user);
  await expectOk(context.request, `/api/users/${id}`, change, "PATCH");
  await context.close();
  return { email };
}

async function signIn(page: Page, email: string, password: string): Promise<void> {
  await page.goto("/sign-in?next=/account");
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

async function signOut(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Account", exact: true }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Sign in");
}

const account = (page: Page) => page.getByRole("heading", { level: 1, name: "Account" });

test("whom an administrator asks for a second factor sets up an app, signs in with it, and once with a recovery code", async ({
  page,
  browser,
  people,
}) => {
  const { email } = await aPerson(browser, people, { secondFactorRequired: true });
  await signIn(page, email, PASSWORD);
  await expect(page.getByRole("status").filter({ hasText: "requires a second factor" })).toBeVisible();
  await page.goto("/services");
  await expect(page).toHaveURL(/\/account$/);
  expect((await page.request.get("/api/services")).status()).toBe(403);

  await page.getByRole("button", { name: "Set up" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("img", { name: "QR code" })).toBeVisible();
  const secret = Secret.fromBase32((await dialog.getByRole("code").textContent()) ?? "");
  const codeAt = (timestamp: number) => new TOTP({ secret }).generate({ timestamp });
  await dialog.getByLabel("Six-digit code").fill("000000");
  await dialog.getByRole("button", { name: "Confirm" }).click();
  await expect(dialog.getByRole("alert").first()).toBeVisible();
  await dialog.getByLabel("Six-digit code").fill(codeAt(Date.now()));
  await dialog.getByRole("button", { name: "Confirm" }).click();
  const codes = page.getByRole("dialog", { name: "Save your recovery codes" });
  await expect(codes.getByRole("listitem")).toHaveCount(10);
  const recovery = (await codes.getByRole("listitem").first().textContent()) ?? "";
  await codes.getByRole("button", { name: "I saved them" }).click();
  await page.goto("/services");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Services");

  await signOut(page);
  await signIn(page, email, PASSWORD);
  await page.getByLabel("Code").fill("000000");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "wrong, was already used" })).toBeVisible();
  await page.getByLabel("Code").fill(codeAt(Date.now() + STEP_MS));
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(account(page)).toBeVisible();

  await signOut(page);
  await signIn(page, email, PASSWORD);
  await page.getByLabel("Code").fill(recovery);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByText("9 codes left")).toBeVisible();
});

test("a passkey signs in alone and after the password, until it is removed", async ({
  page,
  browser,
  people,
  context,
}) => {
  const { email } = await aPerson(browser, people);
  const authenticator = await context.newCDPSession(page);
  await authenticator.send("WebAuthn.enable");
  await authenticator.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  await signIn(page, email, PASSWORD);
  await page.getByRole("button", { name: "Add passkey" }).click();
  await page.getByRole("button", { name: "I saved them" }).click();
  await expect(page.getByRole("button", { name: /^Remove Chrome, / })).toBeVisible();

  await signOut(page);
  await page.goto("/sign-in?next=/account");
  await page.getByRole("button", { name: "Use a passkey" }).click();
  await expect(account(page)).toBeVisible();
  await expect(page.getByText("This browser")).toBeVisible();

  await signOut(page);
  await signIn(page, email, PASSWORD);
  await expect(page.getByLabel("Code")).toBeVisible();
  await page.getByRole("button", { name: "Use a passkey" }).click();
  await expect(account(page)).toBeVisible();

  await page.getByRole("button", { name: /^Remove Chrome, / }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await expect(page.getByText("Recovery codes")).toBeHidden();
  await signOut(page);
  await signIn(page, email, PASSWORD);
  await expect(account(page)).toBeVisible();
});

test("a new password signs out the other browser; a session is ended from another one", async ({
  page,
  browser,
  people,
}) => {
  const { email } = await aPerson(browser, people);
  const elsewhere = await browser.newContext({ baseURL: consoleUnderTest().address });
  const other = await elsewhere.newPage();
  await signIn(other, email, PASSWORD);
  await expect(account(other)).toBeVisible();
  await signIn(page, email, PASSWORD);
  await page.getByRole("button", { name: /^Sign out Chrome on / }).click();
  await expect(page.getByRole("button", { name: /^Sign out Chrome on / })).toBeHidden();
  await other.goto("/account");
  await expect(other).toHaveURL(/\/sign-in\?next=%2Faccount$/);

  await signIn(other, email, PASSWORD);
  await expect(account(other)).toBeVisible();
  await page.getByLabel("Current password").fill("not the present one");
  await page.getByLabel("New password").fill("password12345");
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "not your current password" })).toBeVisible();
  await page.getByLabel("Current password").fill(PASSWORD);
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "easy to guess" })).toBeVisible();
  const next = `second ${randomBytes(9).toString("hex")}`;
  await page.getByLabel("New password").fill(next);
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByText("Your password was changed.", { exact: true })).toBeVisible();
  await other.goto("/account");
  await expect(other).toHaveURL(/\/sign-in\?next=/);
  await signIn(other, email, next);
  await expect(account(other)).toBeVisible();
  await elsewhere.close();
});

test("signing in leads nowhere else", async ({ page, browser, people }) => {
  const { email } = await aPerson(browser, people);
  await page.goto(`/sign-in?next=${encodeURIComponent("/\t/evil.example")}`);
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Welcome to Landfall" })).toBeVisible();
  expect(new URL(page.url()).origin).toBe(consoleUnderTest().address);
});
