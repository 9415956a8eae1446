/* An archive is dropped on the page, inspected, and deployed; and a registry of private images gets credentials. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { tarGzOf, zipOf } from "@/lib/sources/archive/test-archives";
import { DeploymentPage, expect, test } from "./fixtures";
import type { ServiceUnderTest } from "./service-under-test";

test.describe("an archive", () => {
  test.use({ tolerated: /status of 422/ }); // a browser logs every refusal

  test("a person drops one on the page, deploys it, and later uploads the next", async ({ page, signIn, aProgram }) => {
    await signIn("member");
    const program = await aProgram();
    await page.goto("/services/new");
    await page.getByLabel("Name", { exact: true }).fill(program.name);
    await page.getByLabel("Port", { exact: true }).fill(String(program.port));

    await drop(page, "shop.zip", zipOf([{ path: "../evil", content: "x" }]));
    const archive = page.getByRole("group", { name: "Archive" });
    await expect(archive.getByRole("alert")).toContainText("“../evil” would be written outside it");
    await expect(page.getByRole("radio", { name: "Archive" })).toBeChecked();
    await expect(page.getByLabel("Name", { exact: true })).toHaveValue(program.name);

    await drop(page, "shop.tar.gz", await tarGzOf(await entriesOf(program)));
    await expect(archive.getByText("shop.tar.gz")).toBeVisible();
    await expect(archive.getByText("package.json release.json server.mjs")).toBeVisible();
    await page.getByRole("button", { name: "Create and deploy" }).click();
    const deployment = new DeploymentPage(page);
    await deployment.says(program.name, 1, "Succeeded");
    expect(await program.answer()).toBe("1");

    await program.write("2");
    await page.goto(`/services/${program.name}/settings`);
    await expect(archive.getByText("shop.tar.gz")).toBeVisible();
    const choosing = page.waitForEvent("filechooser");
    await archive.getByRole("button", { name: "Choose another file" }).press("Enter");
    const next = { name: "shop-2.zip", mimeType: "application/zip", buffer: zipOf(await entriesOf(program)) };
    await (await choosing).setFiles(next);
    await expect(archive.getByText("shop-2.zip")).toBeVisible();
    await page.getByRole("button", { name: "Save settings" }).click();
    await page.getByRole("button", { name: "Deploy", exact: true }).first().click();
    await deployment.says(program.name, 2, "Succeeded");
    expect(await program.answer()).toBe("2");
  });

  test("an upload shows how far it is, holds the form back, and can be cancelled", async ({
    page,
    context,
    signIn,
  }) => {
    await signIn("admin");
    await page.goto("/services/new");
    const line = await context.newCDPSession(page);
    await line.send("Network.enable");
    const slow = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 200_000 };
    await line.send("Network.emulateNetworkConditions", slow);
    await drop(page, "large.zip", zipOf([{ path: "noise", content: Buffer.alloc(4_000_000, "noise "), method: 0 }]));
    const bar = page.getByRole("progressbar", { name: "Uploading large.zip" });
    await expect.poll(async () => Number(await bar.getAttribute("aria-valuenow"))).toBeGreaterThan(0);
    await expect(page.getByText(/of .?4\.0 MB/)).toBeVisible();
    await expect(page.getByRole("button", { name: "Create", exact: true })).toBeDisabled();
    await page.getByRole("button", { name: "Cancel upload" }).click();
    await expect(bar).toBeHidden();
    await expect(page.getByRole("button", { name: "Create", exact: true })).toBeEnabled();
    await expect(page.getByRole("button", { name: "Choose file" })).toBeVisible();
  });
});

test("an administrator signs in to an image registry, and its password is shown to nobody", async ({
  page,
  signIn,
}) => {
  await signIn("admin");
  await page.goto("/image-registries");
  await page.getByRole("button", { name: "New registry" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Registry", { exact: true }).fill("registry.example.com:5000");
  await dialog.getByLabel("User name").fill("ana");
  await dialog.getByLabel("Password or token", { exact: true }).fill("s3cret-password");
  await dialog.getByRole("button", { name: "Add" }).click();
  const row = page.getByRole("row").filter({ hasText: "registry.example.com:5000" });
  await expect(row).toContainText("ana");
  await page.reload();
  await expect(row).toBeVisible();
  expect(await page.content()).not.toContain("s3cret-password");

  await row.getByRole("button", { name: "Actions for registry.example.com:5000" }).click();
  await page.getByRole("menuitem", { name: "Change credentials" }).click();
  await expect(dialog.getByLabel("Password or token", { exact: true })).toHaveValue("");
  await dialog.getByLabel("User name").fill("ben");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(row).toContainText("ben");

  await row.getByRole("button", { name: "Actions for registry.example.com:5000" }).click();
  await page.getByRole("menuitem", { name: "Remove" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await expect(row).toBeHidden();
});

/** Drops a file somewhere on the page. */
async function drop(page: Page, name: string, archive: Buffer): Promise<void> {
  const dropped = await page.evaluateHandle(
    ({ name, base64 }) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))], name));
      return transfer;
    },
    { name, base64: archive.toString("base64") },
  );
  const where = page.getByRole("heading", { level: 1 });
  await where.dispatchEvent("dragover", { dataTransfer: dropped });
  await where.dispatchEvent("drop", { dataTransfer: dropped });
}

/** The program's folder, packed as people usually pack theirs. */
async function entriesOf({ name, folder }: ServiceUnderTest) {
  const files = await readdir(folder);
  const read = async (file: string) => ({ path: `${name}/${file}`, content: await readFile(join(folder, file)) });
  return Promise.all(files.map(read));
}
