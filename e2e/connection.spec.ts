import { DeploymentPage, expect, test } from "./fixtures";

test.use({ tolerated: /ERR_INTERNET_DISCONNECTED|ERR_FAILED|ERR_NETWORK_CHANGED/ });

test("a page that loses its connection says so, and shows everything once when it is back", async ({
  page,
  context,
  signIn,
  aService,
}) => {
  await signIn("admin");
  const service = await aService({ gatedBuild: true });
  await service.gates.shut("build");
  const { id } = await service.asksForDeployment();
  await page.goto(`/deployments/${id}`);
  const deployment = new DeploymentPage(page);
  await expect(deployment.line("compiling")).toBeVisible();

  await context.setOffline(true);
  await expect(page.getByRole("status").filter({ hasText: "No connection" })).toBeVisible();
  await service.gates.open("build");
  await expect.poll(async () => (await service.deployment(id)).state, { timeout: 45_000 }).toBe("succeeded");
  await deployment.says(service.name, 1, "Running");

  await context.setOffline(false);
  await deployment.says(service.name, 1, "Succeeded");
  await expect(page.getByRole("status").filter({ hasText: "No connection" })).toBeHidden();
  const { logLines } = await service.deployment(id);
  await expect(page.getByText(`${logLines} lines`, { exact: true })).toBeVisible();
  await expect(deployment.line("compiling")).toHaveCount(1);
  await expect(deployment.line("compiled")).toHaveCount(1);
});
