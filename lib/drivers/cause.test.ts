import { expect, test } from "vitest";
import { CauseFinder, causeAmong, namedCause } from "./cause";

const OUTPUTS: [name: string, output: string, cause: string][] = [
  [
    "npm ci with a stale lockfile",
    `npm error code EUSAGE
npm error
npm error \`npm ci\` can only install packages when your package.json and package-lock.json are in sync.
npm error
npm error Missing: left-pad@1.3.0 from lock file
npm error A complete log of this run can be found in: /root/.npm/_logs/x.log`,
    "npm error `npm ci` can only install packages when your package.json and package-lock.json are in sync.",
  ],
  [
    "an npm package that does not exist",
    `npm warn deprecated inflight@1.0.6: This module is not supported, an error waits to happen
npm error code E404
npm error 404 Not Found - GET https://registry.example/nope - Not found
npm error 404
npm error 404  'nope@1.0.0' is not in this registry.`,
    "npm error 404 Not Found - GET https://registry.example/nope - Not found",
  ],
  [
    "a script that npm runs",
    `> shop@1.0.0 build
> tsc

src/a.ts(3,7): error TS2322: Type 'string' is not assignable to type 'number'.
npm error Lifecycle script \`build\` failed with error:
npm error code 2`,
    "src/a.ts(3,7): error TS2322: Type 'string' is not assignable to type 'number'.",
  ],
  [
    "pip",
    `Collecting nope==9
  Downloading something
ERROR: Could not find a version that satisfies the requirement nope==9 (from versions: none)
ERROR: No matching distribution found for nope==9
[notice] A new release of pip is available`,
    "ERROR: Could not find a version that satisfies the requirement nope==9 (from versions: none)",
  ],
  [
    "pip, for a project whose build tool it cannot install",
    `  Installing build dependencies: finished with status 'error'
  error: subprocess-exited-with-error

  × pip subprocess to install build dependencies did not run successfully.
  │ exit code: 1
  ╰─> [13 lines of output]
      WARNING: Retrying (Retry(total=4)) after connection broken by 'Failed to establish a new connection'
      ERROR: Could not find a version that satisfies the requirement poetry>=0.12 (from versions: none)
      [end of output]`,
    "ERROR: Could not find a version that satisfies the requirement poetry>=0.12 (from versions: none)",
  ],
  [
    "a Node trace",
    `node:internal/modules/cjs/loader:1386
  throw err;
  ^

Error: Cannot find module 'express'
Require stack:
- /srv/app/server.js
    at Function._resolveFilename (node:internal/modules/cjs/loader:1383:15) {
  code: 'MODULE_NOT_FOUND'
}

Node.js v24.1.0`,
    "Error: Cannot find module 'express'",
  ],
  [
    "a Python trace",
    `starting
Traceback (most recent call last):
  File "/srv/app/main.py", line 3, in <module>
    raise Error: not this one
django.core.exceptions.ImproperlyConfigured: SECRET_KEY must not be empty`,
    "django.core.exceptions.ImproperlyConfigured: SECRET_KEY must not be empty",
  ],
  [
    "a chain of Python traces begins with its cause",
    `Traceback (most recent call last):
  File "a.py", line 1
KeyError: 'DATABASE_URL'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "a.py", line 2
RuntimeError: no configuration`,
    "KeyError: 'DATABASE_URL'",
  ],
  [
    "BuildKit",
    `#6 [2/3] RUN npm ci
#6 0.412 npm error code E404
#6 0.413 npm error 404 Not Found - GET https://registry.example/nope
#6 ERROR: process "/bin/sh -c npm ci" did not complete successfully: exit code: 1
ERROR: failed to solve: process "/bin/sh -c npm ci" did not complete successfully: exit code: 1`,
    "npm error 404 Not Found - GET https://registry.example/nope",
  ],
  [
    "the older builder",
    `Step 3/4 : RUN make
make: *** No rule to make target 'all'.  Stop.
The command '/bin/sh -c make' returned a non-zero code: 2`,
    "make: *** No rule to make target 'all'.  Stop.",
  ],
  [
    "a file that a Dockerfile copies",
    "COPY failed: file not found in build context: stat app: no such file",
    "COPY failed: file not found in build context: stat app: no such file",
  ],
  [
    "what BuildKit says of a step is not its cause",
    `#6 [2/3] RUN apt-get install -y nope
#6 0.412 Reading package lists...
#6 0.913 E: Unable to locate package nope
#6 ERROR: process "/bin/sh -c apt-get install -y nope" did not complete successfully: exit code: 100
ERROR: failed to solve: process "/bin/sh -c apt-get install -y nope" did not complete successfully: exit code: 100`,
    "E: Unable to locate package nope",
  ],
  [
    "nor what it says of words without a known form, in its older versions as well",
    `#6 0.4 C compiler cannot create executables
#6 ERROR: executor failed running [/bin/sh -c ./configure]: exit code: 1`,
    "C compiler cannot create executables",
  ],
  [
    "a native package that does not build",
    `npm error code 1
npm error path /srv/node_modules/better-sqlite3
npm error command failed
npm error command sh -c prebuild-install || node-gyp rebuild --release
npm error prebuild-install warn install No prebuilt binaries found
npm error gyp info it worked if it ends with ok
npm error gyp ERR! build error
npm error gyp ERR! stack Error: not found: make`,
    "npm error gyp ERR! stack Error: not found: make",
  ],
  [
    "a native package whose prebuilt file is out of reach",
    `.../node_modules/bcrypt install: node-pre-gyp info check checked for "/srv/bcrypt_lib.node" (not found)
.../node_modules/bcrypt install: node-pre-gyp ERR! install request to https://files.example/bcrypt.tar.gz failed, reason: getaddrinfo ENOTFOUND files.example
.../node_modules/bcrypt install: node-pre-gyp WARN Hit error request to https://files.example/bcrypt.tar.gz failed
.../node_modules/bcrypt install: gyp ERR! configure error
.../node_modules/bcrypt install: gyp ERR! stack Error: This is most likely not a problem with node-gyp`,
    ".../node_modules/bcrypt install: node-pre-gyp ERR! install request to https://files.example/bcrypt.tar.gz failed, reason: getaddrinfo ENOTFOUND files.example",
  ],
  [
    "a script of a workspace",
    `> tool
Could not read schema.graphql
npm error Lifecycle script \`build\` failed with error:
npm error code 1
npm error path /srv/web
npm error workspace web@1.0.0
npm error location /srv/web
npm error command failed`,
    "Could not read schema.graphql",
  ],
  [
    "Next.js",
    "Failed to compile.\n\n./app/page.tsx:3:7\nType error: Type 'string' is not assignable to type 'number'.",
    "Type error: Type 'string' is not assignable to type 'number'.",
  ],
  [
    "Turbopack, for a font that it cannot fetch",
    `> Build error occurred
Error: Turbopack build failed with 2 errors:
[next]/internal/font/google/geist_a71539c9.module.css
Error: next/font: error:
Failed to fetch Geist from Google Fonts.
If you are offline or behind a proxy, self-host the font with next/font/local.`,
    "Error: next/font: error: Failed to fetch Geist from Google Fonts.",
  ],
  [
    "Vite",
    `✗ Build failed in 12ms\nerror during build:\n[vite]: Rollup failed to resolve import "x" from "src/a.ts".`,
    `[vite]: Rollup failed to resolve import "x" from "src/a.ts".`,
  ],
  [
    "Rust says what it is on the next line",
    "thread 'main' panicked at src/main.rs:3:5:\nDATABASE_URL must be set\nnote: run with RUST_BACKTRACE=1",
    "thread 'main' panicked at src/main.rs:3:5: DATABASE_URL must be set",
  ],
  [
    "apk does, too",
    "ERROR: unable to select packages:\n  nope (no such package):\n    required by: world[nope]",
    "ERROR: unable to select packages: nope (no such package):",
  ],
  [
    "a log in JSON",
    `{"level":50,"msg":"connect ECONNREFUSED 127.0.0.1:5432"}\nbye`,
    `{"level":50,"msg":"connect ECONNREFUSED 127.0.0.1:5432"}`,
  ],
  [
    "what a package manager warns of",
    "debconf: unable to initialize frontend: Dialog\nthe rest is missing",
    "the rest is missing",
  ],
  ["a command that is not there", "sh: 1: gunicorn: not found", "sh: 1: gunicorn: not found"],
  [
    "systemd",
    "shop.service: Failed at step EXEC spawning /bin/nope: No such file or directory",
    "shop.service: Failed at step EXEC spawning /bin/nope: No such file or directory",
  ],
  [
    "Go",
    "2026/11/30 starting\npanic: runtime error: index out of range [3]\n\ngoroutine 1 [running]:",
    "panic: runtime error: index out of range [3]",
  ],
  ["terminal codes", "\u001b[31mError:\u001b[0m something broke", "Error: something broke"],
  ["plain words", "loading\nCould not read the configuration\nbye", "Could not read the configuration"],
  ["nothing of the kind", "almost\nthere\n", "there"],
  ["the heading of a script is not its last word", "almost\n\n> shop@1.0.0 build\n> tsc\n", "almost"],
];

test.each(OUTPUTS)("%s", (_, output, cause) => {
  expect(findIn(output)?.text).toBe(cause);
});

test("the number of its line comes along", () => {
  expect(findIn("one\ntwo\nError: three\nError: four")).toEqual({ text: "Error: three", line: 3 });
});

test("without output there is no cause", () => {
  expect(findIn("\n  \n")).toBeNull();
});

test.each([
  ["Error: listen EADDRINUSE: address already in use :::18891", "18891"],
  ["Error: listen EADDRINUSE: address already in use 127.0.0.1:3000", "3000"],
  ["OSError: [Errno 98] Address already in use", "none"],
  ["[Errno 98] error while attempting to bind on address ('0.0.0.0', 8000): address already in use", "8000"],
  ["nginx: [emerg] bind() to 0.0.0.0:80 failed (98: Address already in use)", "80"],
  ["listen tcp :8080: bind: address already in use", "8080"],
  ["Bind for 0.0.0.0:5432 failed: port is already allocated", "5432"],
])("an address in use: %s", (text, port) => {
  expect(namedCause({ text, line: 1 })).toEqual({ code: "address-in-use", params: { port } });
});

test.each([
  "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
  "Killed",
  "sh: line 1:     7 Killed                  node build.js",
  "MemoryError",
  'Exception in thread "main" java.lang.OutOfMemoryError: Java heap space',
  "PHP Fatal error:  Allowed memory size of 134217728 bytes exhausted (tried to allocate 4096 bytes)",
  "memory allocation of 8589934592 bytes failed",
  "fatal error: runtime: out of memory",
])("out of memory: %s", (text) => {
  expect(findIn(`working\n${text}`)?.text).toBe(text);
  expect(namedCause({ text, line: 1 })?.code).toBe("out-of-memory");
});

test("a disk that is full is known as that, whoever says it", () => {
  const lines = [
    "Collecting torch",
    "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
  ];
  const found = new CauseFinder();
  for (const [at, line] of lines.entries()) found.take(line, at + 1);
  expect(found.known && namedCause(found.known)?.code).toBe("disk-full");
});

test("other causes have no code of their own", () => {
  expect(namedCause({ text: "Error: no", line: 1 })).toBeNull();
});

function findIn(output: string) {
  const finder = new CauseFinder();
  for (const [index, line] of output.split("\n").entries()) finder.take(line, index + 1);
  return finder.found;
}

test("Caddy's log names what it cannot do, and not that it begins to", () => {
  const said = causeAmong([
    '{"level":"info","ts":1.2,"msg":"using config from file","file":"/srv/.edge/caddy.json"}',
    '{"level":"warn","ts":1.3,"logger":"admin","msg":"admin endpoint disabled"}',
    "Error: loading initial config: loading new config: http app module: start: listening on :80: listen tcp :80: bind: address already in use",
  ]);
  expect(said?.text).toMatch(/^Error: loading initial config: .*address already in use$/);
  expect(causeAmong(["started", "listening"])).toBeNull();
});
