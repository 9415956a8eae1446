import { describe, expect, test } from "vitest";
import { LOCALE_KEYS } from "@/lib/contracts/locales";
import { PROBLEMS, type ProblemCode } from "@/lib/contracts/problem";
import { messagesOf } from "@/lib/platform/i18n/messages";
import { localeOf, sentencesIn } from "./sentences";

/** The values that problems pass to the placeholders of their sentences. */
const PARAMS = {
  seconds: 7,
  process: "worker.1",
  type: "worker",
  types: "worker, clock",
  tries: 2,
  address: "port 3000",
  tool: "docker",
  migration: "20261120_init",
  limit: 3,
  options: "a, b",
  expected: "string",
  target: "web-1",
  name: "A",
  reason: "link",
  entry: "shop/out",
  received: "SHA256:b",
  user: "deploy",
  path: "/srv",
  folder: "/opt",
  image: "nginx",
  status: 500,
  version: "v0.30.2",
  range: ">=22",
  domain: "shop.example.com",
  suffix: "example.com",
  volume: "shop-data",
  least: 3,
  most: 20,
  host: "ghcr.io",
  server: "git.example.com",
  lookedFor: "Dockerfile",
  found: "none",
  value: "shop",
  line: 3,
  syntax: "RUN --mount",
  step: "ADD http://x /",
  by: ".dockerignore",
  names: "web, dev",
  port: 8080,
  location: "/login",
  table: "service",
  service: "shop-a1b2c3",
  newest: "0.30.2",
  failed: 2,
  sent: 40,
  gapMs: 900,
  repository: "acme/shop",
  ref: "main",
  commit: "9f2b3c4",
  owner: "Ana",
  number: 42,
  how: "exit",
  exitCode: 3,
  signal: "SIGKILL",
};
/** These sentences mention braces; in any other, a brace is a placeholder without a value. */
const SPEAKS_OF_BRACES = ["environment-unwritable", "not-a-volume-name"];
const CODES = Object.keys(PROBLEMS) as ProblemCode[];

/** Each is another reason why a source cannot be deployed. */
const REASONS = [
  ...["nothing", "start", "web", "python", "server", "subfolder", "container", "language", "static"],
  ...["ignored", "outside", "stage", "unread", "any other"],
];

/** The reasons to refuse a member's Dockerfile. */
const REFUSED = ["add", "onbuild", "frontend", "registry", "platform", "argument", "character", "long", "unclear"];

/** The ways in which one of a service's own commands fails. */
const HOW = ["exit", "signal", "timeout", "start", "lost"];
const COMMANDS = ["release-command-failed", "before-switch-failed", "after-switch-failed"] as const;

describe.each(LOCALE_KEYS)("in %s", (locale) => {
  test.each(CODES)("%s has a whole sentence", async (code) => {
    const { problem } = await sentencesIn(locale);
    const sentence = problem(code, PARAMS);
    expect(sentence.length).toBeGreaterThan(20);
    expect(sentence).not.toContain(`problems.${code}`);
    if (!SPEAKS_OF_BRACES.includes(code)) expect(sentence).not.toMatch(/[{}]/);
    expect(sentence).toMatch(/\.$/);
  });

  test("every reason that a source or a Dockerfile is refused, or a command fails, has a sentence of its own", async () => {
    const { problem } = await sentencesIn(locale);
    const sentences = [
      ...REASONS.map((reason) => problem("source-not-deployable", { ...PARAMS, reason })),
      ...REFUSED.map((reason) => problem("dockerfile-refused", { ...PARAMS, reason })),
      ...COMMANDS.flatMap((code) => HOW.map((how) => problem(code, { ...PARAMS, how }))),
    ];
    expect(new Set(sentences).size).toBe(REASONS.length + REFUSED.length + COMMANDS.length * HOW.length);
    for (const sentence of sentences) expect(sentence).toMatch(/^[^{}]{20,}\.$/);
  });

  test("every field code has one", async () => {
    const { fields } = await messagesOf(locale);
    const { field } = await sentencesIn(locale);
    for (const code of Object.keys(fields)) {
      const sentence = field(code, PARAMS);
      expect(sentence, code).toMatch(/\.$/);
      if (!SPEAKS_OF_BRACES.includes(code)) expect(sentence, code).not.toMatch(/[{}]/);
    }
  });
});

test("the same codes in every language", async () => {
  const { problems, fields } = await messagesOf("en");
  for (const locale of LOCALE_KEYS) {
    const messages = await messagesOf(locale);
    expect(Object.keys(messages.problems).sort()).toEqual(Object.keys(problems).sort());
    expect(Object.keys(messages.fields).sort()).toEqual(Object.keys(fields).sort());
  }
});

test("a problem's code is a sentence for a field too, and an unknown code is none", async () => {
  const { field } = await sentencesIn("en");
  expect(field("name-taken")).toMatch(/already in use/);
  expect(field("no-such-code")).toBeUndefined();
});

test.each([
  [{ cookie: "a=b; landfall-locale=ar", "accept-language": "nl" }, "en", "ar"],
  [{ "accept-language": "nl" }, "ar", "ar"],
  [{ "accept-language": "nl" }, null, "nl"],
  [{ cookie: "landfall-locale=xx", "accept-language": "fr" }, "yy", "en"],
])("headers %j of somebody who chose %s are answered in %s", (headers, chosen, locale) => {
  expect(localeOf(new Request("http://localhost", { headers: headers as Record<string, string> }), chosen)).toBe(
    locale,
  );
});
