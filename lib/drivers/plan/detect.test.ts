import { describe, expect, test } from "vitest";
import { PlanSettings } from "../setting-shapes";
import { detect } from "./detect";

const plan = (files: Record<string, string>, settings: unknown = {}) =>
  detect(async (name) => files[name] ?? null, PlanSettings.parse(settings));
const pkg = (content: object) => ({ "package.json": JSON.stringify(content) });
const lock = { "package-lock.json": "{}" };

describe("Node.js", () => {
  test("installs exactly what the lockfile says, without what only builds need", async () => {
    const found = await plan({ ...pkg({ scripts: { start: "node server.js" } }), ...lock });
    expect(found).toMatchObject({ tools: ["node", "npm"], build: null, start: "node server.js" });
    expect(found.install).toEqual(["npm ci --omit=dev --no-audit --no-fund --no-update-notifier"]);
    expect(found.environment).toEqual({ NODE_ENV: "production" });
  });

  test("a build gets its development dependencies, from the source or from the settings", async () => {
    const own = await plan({ ...pkg({ scripts: { build: "tsc", start: "node out.js" } }), ...lock });
    expect(own).toMatchObject({ build: "npm run build", install: [expect.stringContaining("--include=dev")] });
    const given = await plan({ ...pkg({ scripts: { start: "node out.js" } }), ...lock }, { build: "make" });
    expect(given).toMatchObject({ build: "make", install: [expect.stringContaining("--include=dev")] });
  });

  test("without a lockfile it installs what is named, and nothing where nothing is", async () => {
    expect((await plan(pkg({ main: "a.js", dependencies: { a: "1" }, scripts: { start: "x" } }))).install).toEqual([
      expect.stringMatching(/^npm install --omit=dev/),
    ]);
    expect(await plan(pkg({ scripts: { start: "x" }, devDependencies: { a: "1" } }))).toMatchObject({
      install: [],
      tools: ["node"],
    });
    expect((await plan({ ...pkg({ scripts: { start: "x" } }), ...lock }, { install: "none" })).install).toEqual([]);
  });

  test.each([
    [{ ...pkg({ main: "lib/it's.js" }), "lib/it's.js": "" }, `node 'lib/it'\\''s.js'`],
    [{ ...pkg({}), "server.js": "" }, "node server.js"],
    [{ ...pkg({}), "index.js": "" }, "node index.js"],
    [pkg({ scripts: { start: "node a.js", prestart: "node migrate.js" } }), "npm start"],
  ])("start of %j", async (files, start) => {
    expect((await plan(files)).start).toBe(start);
  });

  test("a package.json that is not JSON says so", async () => {
    await expect(plan({ "package.json": "{" })).rejects.toMatchObject({
      code: "source-not-deployable",
      params: { path: "package.json" },
    });
  });
});

describe("Python", () => {
  test("gets an environment of its own for its requirements", async () => {
    const found = await plan({ "requirements.txt": "flask==3\n", "app.py": "" });
    expect(found.install[0]).toBe("python3 -m venv --clear .venv");
    expect(found.install[1]).toMatch(/^\.venv\/bin\/pip install .*-r requirements\.txt$/);
    expect(found).toMatchObject({
      tools: ["python3"],
      start: "python3 app.py",
      environment: { PYTHONUNBUFFERED: "1" },
    });
  });

  test("needs none without requirements", async () => {
    expect((await plan({ "requirements.txt": "# nothing\n\n", "main.py": "" })).install).toEqual([]);
  });
});

describe("how it starts", () => {
  const both = { ...pkg({ scripts: { start: "node a.js" } }), Procfile: "worker: node w.js\nweb:  node b.js  \n" };

  test("what is given wins over the Procfile, and that over the language", async () => {
    expect((await plan(both, { start: "node c.js" })).start).toBe("node c.js");
    expect((await plan(both)).start).toBe("node b.js");
  });

  test("a Procfile line can be given as it is", async () => {
    expect((await plan({}, { start: "web: python3 -m http.server $PORT" })).start).toBe("python3 -m http.server $PORT");
  });

  test("nothing to start is refused", async () => {
    await expect(plan({})).rejects.toMatchObject({ code: "source-not-deployable" });
    await expect(plan({ "requirements.txt": "flask" })).rejects.toMatchObject({ code: "source-not-deployable" });
  });
});
