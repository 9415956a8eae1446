/* A token is created in the console and used by a script: the deployer API as its clients use it. */
import { randomBytes } from "node:crypto";
import type { APIRequestContext } from "@playwright/test";
import { expect, test } from "./fixtures";

interface Job {
  status: string;
  phases: { phase: string; status: string; duration_seconds: number | null }[];
  service_url: string | null;
  error: string | null;
}

const TITLES = ["Validation", "Transfer", "Build", "Start Service", "Verify Health", "Register"];

test("a person makes a token, a script deploys and rolls back with it, and it is revoked", async ({
  page,
  signIn,
  aProgram,
  playwright,
  baseURL,
}) => {
  const name = `pipeline ${randomBytes(3).toString("hex")}`;
  await signIn("admin");
  await page.goto("/tokens");
  await page.getByRole("button", { name: "New token" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill(name);
  await dialog.getByRole("button", { name: "Create token" }).click();
  await expect(page.getByRole("dialog", { name: "Copy it now" })).toBeVisible();
  const token = (await dialog.getByRole("code").textContent()) ?? "";
  expect(token).toMatch(/^lf_/);
  await page.keyboard.press("Escape");
  await expect(dialog.getByRole("alert")).toContainText("It can't be shown again");
  await expect(dialog.getByRole("code")).toHaveText(token);
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(page.getByRole("row").filter({ hasText: name })).toBeVisible();
  await expect(page.getByText(token)).toBeHidden();

  const script = await playwright.request.newContext({
    baseURL,
    extraHTTPHeaders: { authorization: `Bearer ${token}` },
  });
  const program = await aProgram();
  const wanted = (greeting: string) => ({
    service_path: program.folder,
    service_name: program.name,
    service_port: program.port,
    deployment_method: "process",
    environment_vars: { GREETING: greeting },
  });

  const first = await script.post("/deploy", { data: wanted("one") });
  expect(first.status()).toBe(202);
  const accepted = await first.json();
  expect(accepted).toEqual({
    deploy_job_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    service_name: program.name,
    status: "pending",
    created_at: expect.stringMatching(/Z$/),
  });
  const done = await isOver(script, accepted.deploy_job_id);
  expect(done).toMatchObject({
    status: "completed",
    error: null,
    service_url: `http://localhost:${program.port}`,
    registration: { service_name: program.name, endpoint: `http://localhost:${program.port}` },
  });
  expect(done.phases.map(({ phase, status }) => [phase, status])).toEqual(TITLES.map((title) => [title, "success"]));
  expect(done.phases.every(({ duration_seconds: seconds }) => seconds !== null)).toBe(true);
  expect(await program.answer()).toBe("1 one");

  expect((await script.post(`/deploy/${accepted.deploy_job_id}/rollback`)).status()).toBe(409);
  await program.write("2");
  const second = await (await script.post("/deploy", { data: wanted("two") })).json();
  expect(await isOver(script, second.deploy_job_id)).toMatchObject({ status: "completed" });
  expect(await program.answer()).toBe("2 two");

  const back = await script.post(`/deploy/${second.deploy_job_id}/rollback`);
  expect(back.status()).toBe(200);
  const rollback = await back.json();
  expect(await isOver(script, rollback.deploy_job_id)).toMatchObject({ status: "completed" });
  expect(await program.answer()).toBe("1 one");

  const history = await (await script.get(`/deploy/history/${program.name}`)).json();
  expect(history.map(({ deploy_job_id: id }: { deploy_job_id: string }) => id)).toEqual([
    rollback.deploy_job_id,
    second.deploy_job_id,
    accepted.deploy_job_id,
  ]);

  const wrong = await script.post("/deploy", { data: { service_path: "relative", service_port: 0 } });
  expect(wrong.status()).toBe(400);
  const named = (await wrong.json()).fields.map(({ pointer }: { pointer: string }) => pointer);
  expect(named.toSorted()).toEqual(["/service_name", "/service_path", "/service_port"]);
  expect((await script.get("/deploy/019a8f3e-2c44-7d10-9d3c-5b7f0a1e6c21")).status()).toBe(404);
  expect((await script.get("/deploy/history/never-heard-of")).status()).toBe(404);

  // An agent uses the same token.
  const message = { jsonrpc: "2.0", id: 1, method: "tools/call" };
  const service = { name: "get_service", arguments: { name: program.name } };
  const asked = await (await script.post("/api/mcp", { data: { ...message, params: service } })).json();
  expect(JSON.parse(asked.result.content[0].text)).toMatchObject({ name: program.name, port: program.port });

  await page.getByRole("button", { name: `Revoke ${name}` }).click();
  await page
    .getByRole("dialog", { name: `Revoke ${name}?` })
    .getByRole("button", { name: "Revoke" })
    .click();
  await expect(page.getByText(`Revoked ${name}.`)).toBeVisible();
  await expect(page.getByRole("row").filter({ hasText: name })).toContainText("Revoked");
  expect((await script.get(`/deploy/${rollback.deploy_job_id}`)).status()).toBe(401);
  await script.dispose();
});

async function isOver(script: APIRequestContext, id: string): Promise<Job> {
  const look = async () => (await (await script.get(`/deploy/${id}`)).json()) as Job;
  await expect.poll(async () => (await look()).status, { timeout: 60_000 }).toMatch(/completed|failed/);
  return look();
}
