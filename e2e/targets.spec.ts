/* A server is added, watched and removed in the console. Tests with real servers cover what follows a sign-in. */
import { randomBytes } from "node:crypto";
import type { Locator, Page } from "@playwright/test";
import { ClosedServer, newKey } from "./closed-server";
import { expect, test } from "./fixtures";

test.use({ tolerated: /status of 400/ });

test("a person compares the fingerprint, sees what is wrong in its place, and loses nothing of it", async ({
  page,
  signIn,
}) => {
  const server = await ClosedServer.start();
  const name = `web-${randomBytes(3).toString("hex")}`;
  await signIn("admin");
  await page.goto("/targets");
  await page.getByRole("link", { name: "Add server" }).click();

  await page.getByRole("button", { name: "Read fingerprint" }).click();
  await expect(page.getByLabel("Address")).toHaveAccessibleDescription(/Required/);
  await page.getByLabel("Address").fill("127.0.0.1");
  await page.getByLabel("Port").fill(String(server.port));
  await page.keyboard.press("Enter");
  const fingerprint = await fingerprintOn(page);

  await page.getByLabel("Output of the command").fill(`256 ${fingerprint.replace(/.$/, "")} root@web (ECDSA)`);
  await expect(page.getByText("don't match")).toBeVisible();
  await expect(page.getByRole("button", { name: "Confirm this key" })).toBeDisabled();
  await page.getByLabel("Output of the command").fill(`256 ${fingerprint} root@web (ECDSA)`);
  await expect(page.getByText("The fingerprints match.")).toBeVisible();
  await page.getByRole("button", { name: "Confirm this key" }).click();
  await expect(page.getByRole("radio", { name: /^Private key/ })).toBeFocused();

  const key = page.getByRole("textbox", { name: "Private key" });
  await key.fill("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA me@home");
  await page.getByLabel("Name").fill(name);
  await page.getByRole("button", { name: "Test connection" }).click();
  await expect(key).toHaveAccessibleDescription(/This is a public key/);
  await expect(key).toBeFocused();
  await expect(page.getByLabel("Name")).toHaveValue(name);

  await key.fill(newKey());
  await page.getByRole("button", { name: "Test connection" }).click();
  await expect(page.getByText("did not accept the SSH key for the user root")).toBeVisible();
  await page.getByRole("button", { name: "Add server" }).click();
  await expect(page).toHaveURL(`/targets/${name}`);
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Not reachable");
  await expect(page.getByText(`root@127.0.0.1:${server.port}`, { exact: true })).toBeVisible();

  const { port } = server;
  await server.stop();
  const another = await ClosedServer.start(port);
  await page.getByRole("button", { name: "Check now" }).click();
  await expect(page.getByText("host key has changed")).toBeVisible();
  await page.getByRole("button", { name: "Verify host key" }).click();
  const dialog = page.getByRole("dialog", { name: `Host key of ${name}` });
  const received = await fingerprintOn(dialog);
  expect(received).not.toBe(fingerprint);
  await expect(dialog.getByText(fingerprint)).toBeVisible();
  await dialog.getByRole("button", { name: "Confirm this key" }).click();
  await expect(page.getByText("did not accept the SSH key for the user root")).toBeVisible();
  await expect(page.getByText(received)).toBeVisible();
  await another.stop();

  await page.getByRole("link", { name: "Edit" }).click();
  await expect(page.getByRole("radio", { name: /The current key/ })).toBeChecked();
  await page.getByLabel("Public address").fill("apps.example.com");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page).toHaveURL(`/targets/${name}`);
  await expect(page.getByText("apps.example.com")).toBeVisible();

  await page.getByRole("button", { name: "Remove target" }).click();
  await page.getByRole("dialog").getByRole("textbox").fill(name);
  await page.getByRole("dialog").getByRole("button", { name: "Remove target" }).click();
  await expect(page).toHaveURL("/targets");
  await expect(page.getByRole("heading", { name: "this-machine" })).toBeVisible();
  await expect(page.getByRole("heading", { name })).toBeHidden();
});

test("who may not change targets is offered nothing that does", async ({ page, signIn }) => {
  await signIn("member");
  await page.goto("/targets/this-machine");
  await expect(page.getByRole("heading", { level: 1 })).toContainText("this-machine");
  await expect(page.getByRole("button", { name: "Check now" })).toBeHidden();
  await page.goto("/targets");
  await expect(page.getByRole("link", { name: "Add server" })).toBeHidden();
  await page.goto("/targets/new");
  await expect(page.getByLabel("Address")).toBeHidden();
});

test("an administrator names who may deploy to a target, and they may choose it", async ({
  page,
  context,
  signIn,
  people,
  baseURL,
}) => {
  const member = await people.person("member");
  await signIn("admin");
  const grantTo = async (audience: "administrators" | "everyone") => {
    const headers = { origin: String(baseURL) };
    const answer = await context.request.patch("/api/targets/this-machine", {
      headers,
      data: { grants: { audience } },
    });
    expect(answer.status()).toBe(200);
  };
  try {
    await grantTo("administrators");
    await signIn("member");
    await page.goto("/services/new");
    const choice = page.getByLabel("Target").getByRole("option", { name: /^this-machine/ });
    await expect(choice).toBeDisabled();

    await signIn("admin");
    await page.goto("/targets/this-machine");
    const card = page.locator("section").filter({ has: page.getByRole("heading", { name: "Who may deploy here" }) });
    await expect(card).toContainText("Only administrators may deploy here.");
    await card.getByRole("button", { name: "Change" }).click();
    await card.getByRole("radio", { name: /^Named people/ }).click();
    await card.getByRole("checkbox", { name: member.name }).check();
    await card.getByRole("button", { name: "Save" }).click();
    await expect(page.getByText("Saved who may deploy to this-machine.")).toBeVisible();
    await expect(card).toContainText("Administrators and the members listed may deploy here.");
    await expect(card.getByRole("listitem")).toHaveText([member.name]);
    await page.goto("/audit");
    await expect(
      page.getByRole("listitem").filter({ hasText: "changed who may deploy to this-machine" }).first(),
    ).toBeVisible();
    // The page has everything it asks for as an administrator before another person signs in.
    await expect(page.getByRole("combobox", { name: "Who" }).getByRole("option", { name: member.name })).toBeAttached();

    await signIn("member");
    await page.goto("/services/new");
    await expect(choice).toBeEnabled();
    await expect(choice).toHaveText("this-machine");
  } finally {
    // Members deploy to this machine in other tests.
    await signIn("admin");
    await grantTo("everyone");
  }
});

async function fingerprintOn(place: Page | Locator): Promise<string> {
  const shown = place.getByText(/^SHA256:\S{43}$/).first();
  await expect(shown).toBeVisible();
  return (await shown.textContent()) ?? "";
}
