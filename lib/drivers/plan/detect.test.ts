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
    expect(found.environment).toMatchObject({ NODE_ENV: "production" });
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
    [pkg({ scripts: { start: "node a.js", prestart: "node migrate.js" } }), "sh -c 'node migrate.js' && node a.js"],
    [{ ...pkg({ main: "app" }), "app.js": "", "server.js": "" }, "node app.js"],
    [{ ...pkg({ main: "./lib/" }), "lib/index.js": "", "server.js": "" }, "node lib/index.js"],
    [{ ...pkg({ main: "gone.js" }), "server.js": "" }, "node server.js"],
    [{ ...pkg({ main: null, scripts: null, dependencies: null }), "index.js": "" }, "node index.js"],
    [pkg({ scripts: { start: "node a.js", build: null, prestart: 1 } }), "node a.js"],
    [{ ...pkg({ scripts: { start: "", build: " " } }), "server.js": "" }, "node server.js"],
    [{ "package.json": '\uFEFF{"scripts":{"start":"node a.js"}}' }, "node a.js"],
    [
      pkg({ scripts: { start: "nest start", "start:prod": "node dist/main" }, dependencies: { "@nestjs/core": "11" } }),
      "node dist/main",
    ],
    [pkg({ scripts: { start: "node a.js", "start:prod": "node b.js" } }), "node a.js"],
  ])("start of %j", async (files, start) => {
    expect((await plan(files)).start).toBe(start);
  });

  test.each(["{", "[]", "null", '{"a":1,}', "// a\n{}"])("a package.json of %j says so", async (text) => {
    await expect(plan({ "package.json": text })).rejects.toMatchObject({
      code: "source-file-invalid",
      params: { path: "package.json" },
      detail: expect.stringMatching(/JSON|object/),
    });
  });

  test("a start script gets what npm tells of the package, and another command does not", async () => {
    const files = pkg({
      ...{
        name: "@acme/web",
        version: "3.2.1",
        config: { greeting: "hello", "a-b": 1, list: ["x"] },
        engines: { node: ">=20" },
      },
      scripts: { start: "node a.js $npm_package_config_greeting" },
    });
    const { environment } = await plan(files);
    expect(environment).toEqual({
      NODE_ENV: "production",
      npm_package_name: "@acme/web",
      npm_package_version: "3.2.1",
      npm_package_config_greeting: "hello",
      npm_package_config_list_0: "x",
      npm_package_engines_node: ">=20",
      npm_lifecycle_event: "start",
      npm_lifecycle_script: "node a.js $npm_package_config_greeting",
      npm_command: "start",
    });
    expect((await plan(files, { start: "node b.js" })).environment).toEqual({ NODE_ENV: "production" });
  });

  const install = async (content: object, others: Record<string, string> = {}, settings: unknown = {}) =>
    (await plan({ ...pkg({ scripts: { start: "x" }, ...content }), ...others }, settings)).install;

  test.each([
    [{ optionalDependencies: { a: "1" } }, /^npm install --omit=dev/],
    [{ peerDependencies: { a: "1" } }, /^npm install --omit=dev/],
    [{ workspaces: ["packages/*"] }, /^npm install --include=dev/],
    [{ scripts: { start: "x", postinstall: "make" } }, /^npm install --include=dev/],
    [{ scripts: { start: "x", prepare: "husky" }, devDependencies: { husky: "9" } }, /^npm install --include=dev/],
    [{ scripts: { start: "tsx src/a.ts" }, devDependencies: { tsx: "4" } }, /^npm install --include=dev/],
    [{ scripts: { start: "node -r ts-node/register ." }, devDependencies: { "ts-node": "10" } }, /--include=dev/],
    [{ scripts: { start: "tsc && node dist" }, devDependencies: { typescript: "5" } }, /^npm install --include=dev/],
    [{ scripts: { start: "npm run make && node dist", make: "x" }, devDependencies: { a: "1" } }, /--include=dev/],
    [{ scripts: { prestart: "run-s a b", start: "x" }, devDependencies: { "npm-run-all": "4" } }, /--include=dev/],
    [{ scripts: { start: "x" }, dependencies: { a: "1" }, devDependencies: { tsx: "4" } }, /^npm install --omit=dev/],
    [{ scripts: { start: "x", build: "tsc" }, devDependencies: { typescript: "5" } }, /^npm install --include=dev/],
  ])("what is installed of %j is %s", async (content, expected) => {
    expect(await install(content)).toEqual([expect.stringMatching(expected)]);
  });

  test.each([
    [
      { "pnpm-lock.yaml": "lockfileVersion: '9.0'" },
      {},
      "npx --yes --prefer-offline pnpm@10 install --frozen-lockfile --prod",
    ],
    [
      { "pnpm-lock.yaml": "lockfileVersion: 5.4" },
      {},
      "npx --yes --prefer-offline pnpm@7 install --frozen-lockfile --prod",
    ],
    [
      { "pnpm-lock.yaml": "lockfileVersion: '9.0'", ...lock },
      { packageManager: "pnpm@9.12.3+sha512.abc" },
      "npx --yes --prefer-offline pnpm@9.12.3 install --frozen-lockfile --prod",
    ],
    [
      { "yarn.lock": "# yarn lockfile v1" },
      {},
      "npx --yes --prefer-offline yarn@1 install --frozen-lockfile --non-interactive --production=true",
    ],
    [
      { "yarn.lock": "__metadata:\n  version: 8", ".yarnrc.yml": "yarnPath: .yarn/releases/yarn-4.5.0.cjs" },
      {},
      "YARN_NODE_LINKER=node-modules node .yarn/releases/yarn-4.5.0.cjs install --immutable",
    ],
    [{ "bun.lock": "{}" }, {}, "npx --yes --prefer-offline bun@1 install --frozen-lockfile --production"],
    [
      { "bun.lockb": "#!/usr/bin/env bun", "yarn.lock": "# yarn lockfile v1" },
      { packageManager: "bun@1.2.19", workspaces: ["packages/*"] },
      "npx --yes --prefer-offline bun@1.2.19 install --frozen-lockfile",
    ],
    [{ ...lock, "bun.lock": "{}" }, {}, "npm ci --omit=dev --no-audit --no-fund --no-update-notifier"],
    [{ ...lock, "yarn.lock": "" }, {}, "npm ci --omit=dev --no-audit --no-fund --no-update-notifier"],
  ])("the lockfile %j with %j is read by %s", async (files, content, expected) => {
    expect(await install(content, files)).toEqual([expected]);
  });

  test.each([
    ["pnpm@9.12.3", "npx --yes --prefer-offline pnpm@9.12.3 install --no-frozen-lockfile --prod"],
    ["yarn@1.22.22", "npx --yes --prefer-offline yarn@1.22.22 install --non-interactive --production=true"],
    [
      "yarn@4.5.0",
      "YARN_NODE_LINKER=node-modules npx --yes --prefer-offline --package=@yarnpkg/cli-dist@4.5.0 yarn install --no-immutable",
    ],
    ["bun@1.1.0", "npx --yes --prefer-offline bun@1.1.0 install --production"],
    ["npm@11.0.0", "npm install --omit=dev --no-audit --no-fund --no-update-notifier"],
  ])("without a lockfile %s installs, because package.json names it", async (packageManager, expected) => {
    expect(await install({ packageManager, dependencies: { a: "workspace:*" } })).toEqual([expected]);
  });

  test.each([
    ['packages:\n  - "packages/*"\n', "--prod=false"],
    ["# ours\nonlyBuiltDependencies: [esbuild]\n'packages': ['apps/*']\n", "--prod=false"],
    ["onlyBuiltDependencies:\n  - packages\n", "--prod"],
  ])("the packages of a pnpm workspace get what their scripts call: %j", async (workspace, flag) => {
    const files = { "pnpm-lock.yaml": "lockfileVersion: '9.0'", "pnpm-workspace.yaml": workspace };
    expect(await install({}, files)).toEqual([`npx --yes --prefer-offline pnpm@10 install --frozen-lockfile ${flag}`]);
    expect(await install({}, { ...lock, "pnpm-workspace.yaml": workspace })).toEqual([
      expect.stringContaining("--omit=dev"),
    ]);
  });

  test("a script that calls pnpm is run by it", async () => {
    const found = await plan({
      ...pkg({ scripts: { start: "pnpm --filter web start", build: "pnpm -r build" } }),
      "pnpm-lock.yaml": "lockfileVersion: '6.0'",
    });
    expect(found).toMatchObject({
      build: "npx --yes --prefer-offline pnpm@8 run build",
      start: "npx --yes --prefer-offline pnpm@8 run start",
      tools: ["node", "npm"],
    });
  });

  test("Node.js runs what Bun installed, and a command that calls Bun is run by the same one", async () => {
    const own = { packageManager: "bun@1.2.19", scripts: { start: "node a.js", build: "vite build" } };
    const bun = "npx --yes --prefer-offline bun@1.2.19";
    const found = await plan({ ...pkg(own), "bun.lock": "{}" });
    expect(found).toMatchObject({ start: "node a.js", build: `${bun} run build`, tools: ["node", "npm"] });
    expect(found.reasons).toEqual([{ tool: "bun", file: "bun.lock" }]);
    const script = { ...own, scripts: { start: "bun src/index.ts" } };
    expect((await plan({ ...pkg(script), "bun.lock": "{}" })).start).toBe(`${bun} run start`);
    const before = { ...own, scripts: { prestart: "bun migrate.ts", start: "node a.js" } };
    expect((await plan({ ...pkg(before), "bun.lock": "{}" })).start).toBe(`${bun} run start`);
    const files = { ...pkg(own), "bun.lock": "{}", Procfile: "web: bun src/index.ts" };
    expect(await plan(files, { build: "bun run build:web" })).toMatchObject({
      start: `${bun} src/index.ts`,
      build: `${bun} run build:web`,
    });
    expect((await plan(files, { start: "bunyan a.js" })).start).toBe("bunyan a.js");
  });

  test("the versions of Node.js that the source is made for are told, by the file that says so", async () => {
    const files = { ...pkg({ scripts: { start: "x" }, engines: { node: ">=20" } }), ".node-version": "v22.12.0\n" };
    expect((await plan({ ...files, ".nvmrc": "lts/iron" })).wants).toEqual([
      { tool: "node", range: ">=20", file: "package.json" },
      { tool: "node", range: "^22.12.0", file: ".node-version" },
    ]);
  });

  test("a dependency outside of the source is refused, unless nothing is installed", async () => {
    const content = { dependencies: { "@acme/lib": "file:../lib" } };
    const problem = { code: "source-not-deployable", params: { reason: "outside", path: "../lib", name: "@acme/lib" } };
    await expect(install(content)).rejects.toMatchObject(problem);
    expect(await install(content, {}, { install: "none" })).toEqual([]);
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

  test("says of a Pipfile that it is not read, unless a start command says what to do", async () => {
    const files = { Pipfile: "[packages]\nflask = '*'\n", "app.py": "app = Flask(__name__)" };
    const problem = { code: "source-not-deployable", params: { reason: "unread", path: "Pipfile" } };
    await expect(plan(files)).rejects.toMatchObject(problem);
    expect((await plan(files, { build: "pipenv sync", start: "pipenv run web" })).start).toBe("pipenv run web");
  });

  test.each([
    ["uv.lock", "uv", "sync --frozen --no-dev --inexact --no-editable --link-mode copy"],
    ["poetry.lock", "poetry", "install --only main --no-interaction"],
  ])("of %s gets exactly what it says, by %s", async (file, tool, sync) => {
    const files = { "pyproject.toml": "[project]\ndependencies = []", [file]: "", "main.py": "" };
    const found = await plan(files);
    expect(found.install).toEqual([
      "python3 -m venv --clear .venv",
      expect.stringMatching(new RegExp(`^python3 -m venv .venv/${tool} && .venv/${tool}/bin/pip install .* ${tool}$`)),
      `VIRTUAL_ENV="$PWD/.venv" UV_PYTHON_DOWNLOADS=never .venv/${tool}/bin/${tool} ${sync} && rm -rf .venv/${tool}`,
    ]);
    expect(found.reasons).toEqual([{ tool, file }]);
    expect((await plan({ ...files, "requirements.txt": "flask" })).reasons).toEqual([
      { tool: "pip", file: "requirements.txt" },
    ]);
  });

  test("needs none without requirements", async () => {
    expect((await plan({ "requirements.txt": "# nothing\n\n", "main.py": "" })).install).toEqual([]);
  });
});

describe("Python frameworks", () => {
  const fastApi = "from fastapi import FastAPI\n\napp = FastAPI(title='x')\n";
  const at = `--host "\${HOST:-127.0.0.1}" --port "$PORT"`;
  const bind = `--bind "\${HOST:-127.0.0.1}:$PORT"`;

  test.each([
    [{ "requirements.txt": "fastapi\nuvicorn[standard]==0.30", "app/main.py": fastApi }, `uvicorn app.main:app ${at}`],
    [
      {
        "requirements.txt": Buffer.from("\uFEFFuvicorn==0.30\r\nfastapi\r\n", "utf16le").toString(),
        "main.py": fastApi,
      },
      `uvicorn main:app ${at}`,
    ],
    [{ "requirements.txt": "fastapi[standard]", "main.py": fastApi }, `uvicorn main:app ${at}`],
    [{ "requirements.txt": "-r base.txt", "src/main.py": "api: FastAPI = FastAPI()" }, `uvicorn src.main:api ${at}`],
    [{ "requirements.txt": "flask\ngunicorn", "app.py": "app = Flask(__name__)" }, `gunicorn ${bind} app:app`],
    [{ "requirements.txt": "flask", "app/__init__.py": "app = Flask(__name__)" }, `flask --app app:app run ${at}`],
    [
      {
        "requirements.txt": "django\ngunicorn",
        "manage.py": 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")',
        "shop/wsgi.py": "",
      },
      `gunicorn ${bind} shop.wsgi`,
    ],
    [
      {
        "requirements.txt": "uvicorn\nfastapi",
        "main.py": `${fastApi}if __name__ == "__main__": uvicorn.run(app, port=int(os.environ["PORT"]))`,
      },
      "python3 main.py",
    ],
    [
      { "pyproject.toml": '[project]\ndependencies = ["fastapi", "uvicorn"]', "app/main.py": fastApi },
      `uvicorn app.main:app ${at}`,
    ],
  ])("start of %j", async (files, start) => {
    expect((await plan(files as Record<string, string>)).start).toBe(start);
  });

  test("an application whose server is not among the requirements names it", async () => {
    await expect(plan({ "requirements.txt": "fastapi", "app/main.py": fastApi })).rejects.toMatchObject({
      params: { reason: "server", path: "app/main.py", name: "uvicorn" },
    });
  });
});

describe("Procfile", () => {
  const from = async (text: string) => (await plan({ Procfile: text, "main.py": "" })).start;

  test.each([
    ["web: node a.js\r\nworker: node w.js\r\n", "node a.js"],
    ["\uFEFFweb: node a.js", "node a.js"],
    ["##\n# web: none\nweb: node a.js # one\n", "node a.js # one"],
    ["web: a\nweb: b", "b"],
    [" web: a", "python3 main.py"],
    ["worker: node w.js", "python3 main.py"],
  ])("%j starts %s", async (text, start) => {
    expect(await from(text)).toBe(start);
  });

  test("a web process without a command takes nothing of the next line", async () => {
    await expect(from("web:\nworker: node w.js")).rejects.toMatchObject({
      params: { reason: "web", path: "Procfile" },
    });
  });
});

test("the other lines of a Procfile are process types, and its release line is the release command", async () => {
  const text = "web: a\nworker: b\nrelease: migrate\nclock:\nclock: c\nempty:\n";
  const { procfile } = await plan({ Procfile: text });
  expect(procfile).toEqual({ types: { worker: "b", clock: "c" }, releaseCommand: "migrate" });
  expect((await plan({ "main.py": "" })).procfile).toBeUndefined();
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

  test("a folder of files for browsers is served, unless something else is started or nothing is installed", async () => {
    const site = await plan({ "index.html": "<h1>hi</h1>" });
    expect(site).toMatchObject({
      tools: ["node", "npm"],
      build: null,
      reasons: [{ tool: "sirv", file: "index.html" }],
    });
    expect(site.install).toEqual([expect.stringContaining(" sirv-cli@3.0.1")]);
    expect(site.start).toBe('exec .site/node_modules/.bin/sirv . --host 0.0.0.0 --port "$PORT"');
    expect((await plan({ "index.html": "", Procfile: "web: serve" })).install).toEqual([]);
    expect((await plan({ "index.html": "", "main.py": "" })).start).not.toContain("sirv");
    expect((await plan({ "index.html": "" }, { start: "serve ." })).start).toBe("serve .");
    await expect(plan({ "index.html": "" }, { install: "none" })).rejects.toMatchObject({
      code: "source-not-deployable",
    });
  });

  test("nothing to start is refused", async () => {
    await expect(plan({})).rejects.toMatchObject({ code: "source-not-deployable" });
    await expect(plan({ "requirements.txt": "flask" })).rejects.toMatchObject({ code: "source-not-deployable" });
  });
});
