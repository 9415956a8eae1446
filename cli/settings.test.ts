import { chmod, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { browserCommand } from "./login";
import { addressOf, readAccess, settingsFile, storeAccess } from "./settings";

let folder: string;
let env: { XDG_CONFIG_HOME: string };
const STORED = { url: "https://landfall.example.com", token: "lf_stored" };
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "landfall-settings-"));
  env = { XDG_CONFIG_HOME: folder };
});
afterAll(() => rm(folder, { recursive: true }));

test("nothing is known before a login", async () => {
  await expect(readAccess(env)).rejects.toMatchObject({
    exitCode: 3,
    message: expect.stringContaining("landfall login"),
  });
});

test("what login stores is this user's alone, and is refused once others can read it", async () => {
  const file = await storeAccess(STORED, env);
  expect(file).toBe(settingsFile(env));
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readAccess(env)).toEqual(STORED);
  await chmod(file, 0o644);
  await expect(readAccess(env)).rejects.toThrow("chmod 600");
  await storeAccess(STORED, env);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test("the environment takes precedence, and a stored token goes to its own console only", async () => {
  const given = { LANDFALL_URL: "https://other.example.com/", LANDFALL_TOKEN: "lf_given" };
  expect(await readAccess({ ...env, ...given })).toEqual({ url: "https://other.example.com", token: "lf_given" });
  expect(await readAccess({ ...env, LANDFALL_TOKEN: "lf_given" })).toEqual({ url: STORED.url, token: "lf_given" });
  expect(await readAccess({ ...env, LANDFALL_URL: `${STORED.url}/` })).toEqual(STORED);
  await expect(readAccess({ ...env, LANDFALL_URL: given.LANDFALL_URL })).rejects.toThrow("no token for https://other");
});

test.each(["landfall.example.com", "ftp://x", "https://me:secret@x", ""])("%j is no address of a console", (text) => {
  expect(() => addressOf(text)).toThrow("is not the address");
});

test("a browser is opened where there is one, and not over SSH", () => {
  const url = "https://landfall.example.com/tokens";
  expect(browserCommand(url, "darwin", {})).toEqual(["open", url]);
  expect(browserCommand(url, "linux", { WAYLAND_DISPLAY: "wayland-0" })).toEqual(["xdg-open", url]);
  expect(browserCommand(url, "linux", {})).toBeNull();
  expect(browserCommand(url, "darwin", { SSH_CONNECTION: "192.0.2.7 1 192.0.2.8 22" })).toBeNull();
});
