import { expect, test } from "./fixtures";

// The language that one test chose must not affect the next.
test.afterEach(async ({ context, baseURL }) => {
  const answer = await context.request.patch("/api/me", {
    data: { locale: null },
    headers: { origin: String(baseURL) },
  });
  expect(answer.status()).toBe(200);
});

test("the console speaks English, Dutch and Arabic, and Arabic from right to left", async ({ page, signIn }) => {
  await signIn("admin");
  await page.goto("/deployments");
  const html = page.locator("html");
  await expect(html).toHaveAttribute("dir", "ltr");
  await page.getByRole("button", { name: "Language" }).click();
  await page.getByRole("menuitemradio", { name: "Nederlands" }).click();
  await expect(html).toHaveAttribute("lang", "nl");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Deployments");

  await page.getByRole("button", { name: "Taal" }).click();
  await page.getByRole("menuitemradio", { name: "العربية" }).click();
  await expect(html).toHaveAttribute("dir", "rtl");
  await expect(html).toHaveAttribute("lang", "ar");
  await page.reload();
  await expect(html).toHaveAttribute("dir", "rtl");
});

test("a language that was chosen on one browser is spoken on the next", async ({ page, context, signIn }) => {
  await signIn("viewer");
  await page.goto("/");
  await page.getByRole("button", { name: "Language" }).click();
  const kept = page.waitForResponse((response) => response.url().endsWith("/api/me"));
  await page.getByRole("menuitemradio", { name: "Nederlands" }).click();
  expect((await kept).status()).toBe(200);
  await context.clearCookies({ name: "landfall-locale" });
  await page.goto("/deployments");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Deployments");

  await page.getByRole("button", { name: "Taal" }).click();
  await page.getByRole("menuitemradio", { name: "English" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Deployments");
});

test("a theme is chosen and kept", async ({ page, signIn }) => {
  await signIn("admin");
  await page.goto("/");
  const html = page.locator("html");
  await page.getByRole("button", { name: "Theme" }).click();
  await page.getByRole("menuitemradio", { name: "Dark" }).click();
  await expect(html).toHaveAttribute("data-theme", "dark");
  await page.reload();
  await expect(html).toHaveAttribute("data-theme", "dark");
  await page.getByRole("button", { name: "Theme" }).click();
  await page.getByRole("menuitemradio", { name: "Light" }).click();
  await expect(html).toHaveAttribute("data-theme", "light");
});
