/* A person who operates no machines creates a stack by its name, watches it, rolls back and removes it. */
import { randomBytes } from "node:crypto";
import type { Locator, Page } from "@playwright/test";
import { expect, test } from "./fixtures";
import { expectOk } from "./people";
import type { StackServer } from "./stack-server";

test.describe.configure({ timeout: 600_000 });
test.use({ tolerated: /status of 40[049]/ });

const DEPLOYED_MS = 90_000;
const newName = () => `notes-${randomBytes(3).toString("hex")}`;

/** The one field, and its answer. */
async function makeStack(page: Page, server: StackServer, name: string, template = server.template): Promise<void> {
  await page.goto("/stacks/new");
  await page.getByRole("textbox", { name: "Name your stack" }).fill(name);
  await expect(page.getByText("This name is available.")).toBeVisible();
  const choice = page.getByRole("radio", { name: template });
  if (await choice.isVisible()) await choice.click();
  await page.getByRole("button", { name: "Create stack" }).click();
  await expect(page).toHaveURL(/\/deployments\//);
}

function stackCalled(page: Page, name: string): Locator {
  return page.getByRole("article").filter({ has: page.getByRole("link", { name, exact: true }) });
}

async function says(page: Page, sentence: string): Promise<void> {
  await expect(page.getByRole("heading", { level: 2, name: sentence })).toBeVisible({ timeout: DEPLOYED_MS });
}

test("a member makes a stack, opens it, redeploys it, goes back and removes it", async ({
  page,
  context,
  signIn,
  stackServer,
}) => {
  const name = newName();
  await stackServer.changeTemplate({ image: "acme/workspace:1" });
  await signIn("member");
  await page.goto("/");
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Stacks" }).click();
  await page.getByRole("main").getByRole("link", { name: "Create a stack" }).click();
  await page.getByRole("textbox").fill(name);
  await expect(page.getByText(stackServer.addressOf(name))).toBeVisible();
  await makeStack(page, stackServer, name);
  await expect(page.getByText(/Step \d of 9/)).toBeVisible({ timeout: DEPLOYED_MS });
  await says(page, `${name} is live`);

  const opened = context.waitForEvent("page");
  await page.getByRole("link", { name: "Open", exact: true }).click();
  const stack = await opened;
  await expect(stack.getByRole("heading", { name: "It runs." })).toBeVisible();
  await expect(stack.getByText("acme/workspace:1")).toBeVisible();
  await stack.close();

  await page.getByRole("button", { name: "Show details" }).click();
  await expect(page.getByRole("button", { name: /^Creating project\s+Succeeded/ })).toBeVisible();
  await expect(page.getByRole("log")).toBeVisible();

  await stackServer.changeTemplate({ image: "acme/workspace:2" });
  await page.getByRole("link", { name: "All stacks" }).click();
  await expect(stackCalled(page, name)).toContainText("Live");
  await page.getByRole("button", { name: `Redeploy ${name}` }).click();
  await says(page, `${name} is live`);
  expect(await stackServer.imageOf(name)).toBe("acme/workspace:2");

  await page.goto("/stacks");
  await page.getByRole("button", { name: `Roll back ${name}` }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Roll back to #1" }).click();
  await says(page, `${name} is rolled back`);
  // Exactly the former image, whatever the tag names by now.
  expect(await stackServer.imageOf(name)).toMatch(/^acme\/workspace:1(@|$)/);

  await page.goto(`/stacks/${name}`);
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Live");
  await page.getByRole("button", { name: `Remove ${name}` }).click();
  const dialog = page.getByRole("dialog", { name: `Remove ${name}?` });
  await dialog.getByRole("checkbox", { name: "Also remove its data" }).check();
  await expect(dialog.getByRole("button", { name: "Remove stack and data" })).toBeDisabled();
  await dialog.getByRole("textbox").fill(name);
  await dialog.getByRole("button", { name: "Remove stack and data" }).click();
  await says(page, `${name} is removed`);
  await page.getByRole("link", { name: "All stacks" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Stacks" })).toBeVisible();
  await expect(stackCalled(page, name)).toBeHidden();
});

test("an unavailable name is refused at once, in a sentence", async ({ page, signIn, stackServer }) => {
  const taken = newName();
  await expectOk(stackServer.admin, "/api/deploy", { name: taken, template: stackServer.template });
  await signIn("member");
  await page.goto("/stacks/new");
  const question = page.getByRole("textbox", { name: "Name your stack" });
  const make = page.getByRole("button", { name: "Create stack" });
  for (const [name, sentence] of [
    ["a", "3–20"],
    ["-notes", "letters, digits and hyphens"],
    ["admin", "reserved"],
    [taken, "already in use"],
  ] as const) {
    await question.fill(name);
    await expect(question, name).toHaveAccessibleDescription(new RegExp(sentence));
    await expect(make).toBeDisabled();
  }
  await question.fill(newName());
  await expect(question).toHaveAccessibleDescription("This name is available.");
  await expect(make).toBeEnabled();
});

test("pressed twice, it is made once", async ({ page, signIn, stackServer }) => {
  const name = newName();
  await signIn("member");
  await page.goto("/stacks/new");
  await page.getByRole("textbox").fill(name);
  const choice = page.getByRole("radio", { name: stackServer.template });
  if (await choice.isVisible()) await choice.click();
  await page.getByRole("button", { name: "Create stack" }).dblclick();
  await says(page, `${name} is live`);
  await page.goto("/stacks");
  await expect(stackCalled(page, name)).toHaveCount(1);
  await expect(stackCalled(page, name)).toContainText("#1");
});

test("what goes wrong is told with what was kept, and can be tried again", async ({ page, signIn, stackServer }) => {
  const name = newName();
  const template = `broken-${name}`;
  await stackServer.addTemplate(template, { image: "acme/workspace:1-missing" });
  await signIn("member");
  await makeStack(page, stackServer, name, template);
  await says(page, `${name} could not be deployed`);
  await expect(page.getByText("The name is still yours.")).toBeVisible();
  await stackServer.changeTemplate({ image: "acme/workspace:1" }, template);
  await page.getByRole("button", { name: "Try again" }).click();
  await says(page, `${name} is live`);
});

test("in Arabic and on a phone it is the same question", async ({ page, context, baseURL, signIn, stackServer }) => {
  const name = newName();
  await context.addCookies([{ name: "landfall-locale", value: "ar", url: String(baseURL) }]);
  await page.setViewportSize({ width: 390, height: 844 });
  await signIn("member");
  await page.goto("/stacks/new");
  await page.getByRole("textbox", { name: "سمِّ حزمتك" }).fill(name);
  await expect(page.getByText("هذا الاسم متاح.")).toBeVisible();
  await expect(page.getByText(stackServer.addressOf(name))).toHaveCSS("direction", "ltr");
  const choice = page.getByRole("radio", { name: stackServer.template });
  if (await choice.isVisible()) await choice.click();
  await page.getByRole("button", { name: "إنشاء الحزمة" }).click();
  await says(page, `\u2068${name}\u2069 تعمل`); // a name keeps its own direction
  expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
});

test("an admin sees everybody's, the server they live on, and what they are made from", async ({
  page,
  signIn,
  stackServer: { target, template, dokploy },
}) => {
  await signIn("admin");
  await page.goto("/stacks");
  await page.getByRole("combobox", { name: "Owner" }).selectOption({ label: "Mine" });
  await expect(page).toHaveURL(/owner=/);

  await page.goto(`/targets/${target}`);
  await page.getByRole("button", { name: "Check now" }).click();
  const steps = page.getByRole("list", { name: "Pre-flight" });
  await expect(steps.getByRole("listitem").filter({ hasText: "API key" })).toContainText("passed");
  await expect(page.getByRole("heading", { name: "Stacks here" })).toBeVisible();
  await expect(page.getByRole("heading", { name: "Drift" })).toBeVisible();

  await page.goto("/targets/new");
  await page.getByRole("radio", { name: /A Dokploy server/ }).click();
  await page.getByLabel("API key", { exact: true }).fill("not-the-right-key"); // the other form has an address too
  await page.getByLabel("Address").fill(dokploy.url);
  await page.getByRole("button", { name: "Test" }).click();
  await expect(steps.getByRole("listitem").filter({ hasText: "API key" })).toContainText("failed");

  await page.goto(`/templates/${template}`);
  await page.getByLabel("Port", { exact: true }).fill("many");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByLabel("Port", { exact: true })).toBeFocused();
  await page.getByLabel("Port", { exact: true }).fill("8080");
  await page.getByRole("button", { name: "Add variable" }).click();
  await page.getByRole("textbox", { name: /^Name/ }).last().fill("GREETING");
  await page.getByRole("textbox", { name: /^Value/ }).fill("hello");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page).toHaveURL("/templates");
  await page.getByRole("link", { name: `Edit ${template}` }).click();
  await expect(page.getByText("GREETING")).toBeVisible();
  await expect(page.getByText("hello")).toBeHidden();
});
