import { createHmac, randomUUID } from "node:crypto";
import { cpSync } from "node:fs";
import { TestGitServer } from "@/lib/sources/git/test-git-server";
import { DeploymentPage, expect, test } from "./fixtures";

test.use({ tolerated: /status of 400/ }); // a browser logs every refusal

test("a repository is tested, deployed, deployed again by a push, and rolled back by its commits", async ({
  page,
  signIn,
  aProgram,
}) => {
  await signIn("admin");
  const program = await aProgram();
  await using server = await TestGitServer.start();
  const repository = await server.repository("shop.git");
  cpSync(program.folder, repository.folder, { recursive: true });
  const first = await repository.push("Show prices");

  await page.goto("/services/new");
  await page.getByLabel("Name", { exact: true }).fill(program.name);
  await page.getByRole("radio", { name: "Git", exact: true }).click();
  await page.getByLabel("Repository").fill(server.url("shop.git"));
  await page.getByRole("button", { name: "Test this source" }).click();
  await expect(page.getByText("The repository can be read")).toBeVisible();
  await expect(page.getByText(`main is at ${first.slice(0, 7)} Show prices`)).toBeVisible();
  await page.getByLabel("Port", { exact: true }).fill(String(program.port));
  await page.getByRole("button", { name: "Create and deploy" }).click();
  const deployment = new DeploymentPage(page);
  await deployment.says(program.name, 1, "Succeeded");
  await expect(page.getByText(`${first.slice(0, 7)} Show prices`).first()).toBeVisible();

  await page.goto(`/services/${program.name}/settings`);
  await expect(page.getByRole("heading", { name: "Repository access" })).toBeVisible();
  await expect(page.getByText("No deliveries")).toBeVisible();
  const { url, secret } = await (await page.request.get(`/api/services/${program.name}/hook`)).json();
  const second = await repository.push("Show prices with tax", { "tax.txt": "21" });
  const body = JSON.stringify({
    ref: "refs/heads/main",
    before: first,
    after: second,
    commits: [{ id: second, message: "Show prices with tax", added: ["tax.txt"], modified: [], removed: [] }],
  });
  const delivered = await page.request.post(new URL(url).pathname, {
    data: Buffer.from(body),
    headers: {
      "content-type": "application/json",
      "x-github-event": "push",
      "x-github-delivery": randomUUID(),
      "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`,
    },
  });
  expect(delivered.status()).toBe(202);
  await page.getByRole("button", { name: "Refresh" }).click();
  await expect(page.getByText("Deployed", { exact: true })).toBeVisible();
  await page.getByRole("link", { name: "#2" }).first().click();
  await deployment.says(program.name, 2, "Succeeded");

  await page.getByRole("button", { name: "Roll back to #1" }).click();
  await expect(page.getByText("1 commit differs")).toBeVisible();
  await expect(page.getByText(`${second.slice(0, 7)} Show prices with tax`).last()).toBeVisible();
});

test("a repository over SSH is read with a deploy key, and its server is told with a token of its own", async ({
  page,
  signIn,
  aService,
  baseURL,
}) => {
  await signIn("admin");
  const { name } = await aService();
  const source = { kind: "git", url: "ssh://git@git.example.com:2222/acme/shop.git" };
  const headers = { origin: baseURL ?? "" };
  expect((await page.request.patch(`/api/services/${name}`, { data: { source }, headers })).status()).toBe(200);
  await page.goto(`/services/${name}/settings`);
  await page.getByRole("button", { name: "Create deploy key" }).click();
  await expect(page.getByText(/^ssh-ed25519 .* landfall /)).toBeVisible();
  const token = page.getByLabel("Token", { exact: true });
  await token.fill("forge-t0ken");
  await page.getByLabel("Address of the API").fill("https://elsewhere.example.com");
  await page.getByRole("button", { name: "Store token" }).click();
  await expect(page.getByText("such as https://git.example.com:443")).toBeVisible();
  await page.getByLabel("Address of the API").fill("https://git.example.com:3000");
  await page.getByRole("button", { name: "Store token" }).click();
  await expect(page.getByText("Commit statuses are sent to https://git.example.com:3000")).toBeVisible();
  await expect(token).toHaveValue("");
});
