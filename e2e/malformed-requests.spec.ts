/*
 * Three thousand requests that no client of ours sends, over every operation of the OpenAPI document, as bytes on a
 * socket to the built server. They are the same in every run: a failure names its request.
 */
import { connect } from "node:net";
import type { OpenApiDocument, Operation } from "@/lib/web/http/openapi";
import { expect, test } from "./fixtures";

const REQUESTS = 3_000;
const AT_ONCE = 24;
const SEED = 20_261_130;

interface Target {
  method: string;
  path: string;
  operation: Operation;
}
interface Answer {
  status: number;
  contentType: string;
  text: string;
}

test("nothing that is sent fails the server, and every refusal is a problem", async ({ page, people, baseURL }) => {
  test.setTimeout(600_000); // takes seconds on an idle machine
  await page.context().addCookies((await people.session("admin")).cookies);
  const origin = baseURL ?? "";
  const headers = { origin };
  const made = await page.request.post("/api/tokens", { headers, data: { name: "malformed", role: "viewer" } });
  const viewer = ((await made.json()) as { token: string }).token;
  const document = (await (await page.request.get("/api/openapi.json")).json()) as OpenApiDocument;
  const targets = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
  const random = randomFrom(SEED);
  const requests = Array.from({ length: REQUESTS }, (_, index) =>
    // Every operation in turn, so that each one is covered.
    requestTo(targets[index % targets.length] as Target, viewer, random),
  );

  const wrong: string[] = [];
  const statuses = new Map<number, number>();
  const { hostname, port } = new URL(origin);
  const queue = requests.entries();
  const sender = async () => {
    for (const [, sent] of queue) {
      const answer = await exchange(sent, hostname, Number(port));
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      if (!isRight(sent, answer)) wrong.push(`${JSON.stringify(sent.slice(0, 300))}\n  → ${answer.text.slice(0, 300)}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, sender));

  expect(wrong.slice(0, 10).join("\n")).toBe("");
  expect([...statuses.values()].reduce((sum, count) => sum + count, 0)).toBe(REQUESTS);
  // The requests did reach the operations.
  for (const status of [400, 401, 403, 404, 405]) expect(statuses.get(status) ?? 0, String(status)).toBeGreaterThan(20);
  expect((await page.request.get("/api/health")).status()).toBe(200);
});

/** Answers of Node's own HTTP parser, before other code sees the request, and cases where it closes the connection. */
const PARSER =
  /^HTTP\/1\.1 4\d\d [^\r]*\r\nConnection: close\r\n(Date: [^\r]*\r\n(Transfer-Encoding: chunked\r\n\r\n0\r\n)?)?\r\n$/;
const NO_REQUEST = /^CONNECT |\r\nUpgrade: /;

function isRight(sent: string, { status, contentType, text }: Answer): boolean {
  if (status === 0) return NO_REQUEST.test(sent);
  if (status >= 500) return false;
  if (status === 405 && !/\r\nallow: \w/i.test(text)) return false;
  return status < 400 || PARSER.test(text) || contentType === "application/problem+json";
}

/** mulberry32: a number of 32 bits determines the whole request. */
function randomFrom(seed: number) {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const pick = <T>(options: readonly T[]): T => options[Math.floor(next() * options.length)] as T;
  const chance = (share: number) => next() < share;
  return { next, pick, chance };
}
type Random = ReturnType<typeof randomFrom>;

const SEGMENTS = [
  ...[
    "%",
    "%f",
    "%zz",
    "%00",
    "%ff",
    "%c0%af",
    "%E0%A4%A",
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e",
    "a%20b",
    "x".repeat(3_000),
  ],
  ...["-1", "0", "1e999", "NaN", "null", "undefined", "__proto__", "constructor", "web%0d%0aset-cookie:a=b"],
  ...["019a8f3e-2c44-7d10-9d3c-5b7f0a1e6c21", "019A8F3E", "%d9%a1", "'%20OR%201=1--", "{name}", "a;b", "a,b", "*"],
];
const VALUES = [
  "",
  "%",
  "%00",
  "-1",
  "1e999",
  "x".repeat(2_000),
  "%ff",
  "null",
  "[]",
  "__proto__",
  "9".repeat(40),
  "%f0%9f",
];
const BODIES = [
  ...[
    "",
    "{",
    "[",
    '"',
    "null",
    "[]",
    "0",
    "true",
    '"text"',
    "{}",
    '{"__proto__":{}}',
    '{"a":"\\u0000"}',
    '{"a":"\\ud800"}',
  ],
  ...['{"name":1,"port":"80"}', '{"name":""}', `{"a":${"[".repeat(500)}${"]".repeat(500)}}`, "a=1&b=2", "\u0000\u0001"],
  ...[
    `{${Array.from({ length: 2_000 }, (_, n) => `"f${n}":${n}`).join(",")}}`,
    '{"unknown":true}',
    '{"a":1}{"b":2}',
    "\ufeff{}",
  ],
];
const TYPES = [
  "application/json",
  "application/json;charset=utf-16",
  "text/plain",
  "multipart/form-data",
  "x",
  "",
  "application/json; =",
];
const HEADERS = [
  ...[
    "Idempotency-Key: ",
    `Idempotency-Key: ${"k".repeat(300)}`,
    "Last-Event-ID: -1",
    "Last-Event-ID: 99999999999999999999",
  ],
  ...[
    "Accept-Language: \u00ff\u00fe;q=x",
    "Accept: nothing/at-all",
    "Cookie: landfall-locale=xx; =; a",
    "Cookie: next-auth.session-token=%",
  ],
  ...[
    "X-Forwarded-For: ,,,",
    "X-Forwarded-Proto: gopher",
    "X-Forwarded-Host: evil.example",
    "X-Request-Id: \u00ff",
    "Range: bytes=0-0",
  ],
  ...[
    "traceparent: 00-x-y-z",
    "Expect: 100-continue",
    "Transfer-Encoding: gzip",
    "Content-Length: x",
    "Upgrade: h2c",
    "Next-Action: x",
  ],
  ...["RSC: 1", "Next-Router-State-Tree: %", "x-middleware-subrequest: proxy", "x-landfall-peer: 127.0.0.1", "Host: "],
  ...[
    "x-nextjs-data: 1",
    "x-http-method-override: DELETE",
    "purpose: prefetch",
    "x-invoke-path: /",
    "x-matched-path: /%",
  ],
];
const METHODS = [
  "GET",
  "POST",
  "PUT",
  "PATCH",
  "DELETE",
  "HEAD",
  "OPTIONS",
  "TRACE",
  "TRACK",
  "CONNECT",
  "PROPFIND",
  "QUERY",
  "get",
  "FOO",
];

/** One request as bytes, invalid in at least one of its parts. */
function requestTo({ method, path, operation }: Target, viewer: string, random: Random): string {
  const { pick, chance } = random;
  const filled = path.replaceAll(/\{\w+\}/g, () => pick(SEGMENTS));
  const names = operation.parameters.filter((parameter) => parameter.in === "query").map(({ name }) => name);
  const query = chance(0.5) ? `?${pick([...names, "unknown", "%", "a[b]"])}=${pick(VALUES)}` : "";
  const odd = chance(0.08) ? pick(["/", "//", "/%", "/..", "/.", ";x", "\u00e9", "#x", "\\x", " x"]) : "";
  // A changing operation is called without permission, or with a meaningless body.
  const isHarmless = method === "GET" || operation.requestBody !== undefined || path.includes("{");
  const verb = isHarmless && !chance(0.15) ? method : pick(METHODS);
  const lines = [`${verb} ${filled}${odd}${query} HTTP/1.1`];
  if (!chance(0.02)) lines.push("Host: localhost");
  const sender = pick(["viewer", "viewer", "viewer", "nobody", "wrong"]);
  if (sender !== "nobody")
    lines.push(`Authorization: Bearer ${sender === "viewer" ? viewer : pick(["", "lf_x", "lf_\u00ff"])}`);
  if (chance(0.4)) lines.push(pick(HEADERS));
  const body = verb === "GET" || verb === "HEAD" ? "" : pick(BODIES);
  if (body !== "") {
    lines.push(`Content-Type: ${pick(TYPES)}`);
    lines.push(`Content-Length: ${Buffer.byteLength(body, "utf8")}`);
  }
  return `${lines.join("\r\n")}\r\nConnection: close\r\n\r\n${body}`;
}

/** The answer until the server closed the connection, or until a stream's first bytes were read. */
function exchange(sent: string, host: string, port: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host);
    const chunks: Buffer[] = [];
    const end = () => {
      socket.destroy();
      resolve(toAnswer(Buffer.concat(chunks).toString("latin1")));
    };
    socket.setTimeout(20_000, () => reject(new Error(`no answer to ${JSON.stringify(sent.slice(0, 300))}`)));
    socket.on("data", (chunk) => {
      chunks.push(chunk);
      if (chunks.length === 1 && chunk.includes("content-type: text/event-stream")) end();
    });
    socket.on("close", end);
    socket.on("error", () => end());
    const [head = "", ...rest] = sent.split("\r\n\r\n");
    socket.write(Buffer.concat([Buffer.from(`${head}\r\n\r\n`, "latin1"), Buffer.from(rest.join("\r\n\r\n"), "utf8")]));
  });
}

function toAnswer(text: string): Answer {
  const [head = ""] = text.replace(/^HTTP\/1\.1 100 [^\r]*\r\n\r\n/, "").split("\r\n\r\n");
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0);
  const contentType = /^content-type: ([^\r\n]*)/im.exec(head)?.[1] ?? "";
  return { status, contentType, text: text.replace(/^HTTP\/1\.1 100 [^\r]*\r\n\r\n/, "") };
}
