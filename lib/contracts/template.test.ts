import { expect, test } from "vitest";
import { stackUrl } from "./stack";
import { DomainSuffix, fillPattern, NewTemplate, VolumePattern } from "./template";

test.each([
  ["portal-ai-workspace-{name}", true],
  ["{name}", true],
  ["{name}-data", true],
  ["shared", false],
  ["Data-{name}", false],
  ["data_{name}", false],
  ["{name}-", false],
  ["{name}{other}", false],
  [`${"x".repeat(43)}{name}`, true],
  [`${"x".repeat(44)}{name}`, false],
])("a volume called %s: %s", (pattern, expected) => {
  expect(VolumePattern.safeParse(pattern).success).toBe(expected);
});

test("a pattern is filled wherever the name stands", () => {
  expect(fillPattern("{name}-of-{name}", "mine")).toBe("mine-of-mine");
});

test.each([
  ["apps.example.com", true],
  ["example.com", true],
  ["localhost", true],
  ["127.0.0.1.nip.io", true],
  ["com", false],
  ["*.example.com", false],
  ["https://example.com", false],
  ["example.com:8080", false],
  [`${`${"a".repeat(63)}.`.repeat(3)}${"a".repeat(40)}.com`, false],
])("a suffix of %s: %s", (suffix, expected) => {
  expect(DomainSuffix.safeParse(suffix).success).toBe(expected);
});

test("what was not said of a template is what most have", () => {
  const template = NewTemplate.parse({ name: "notes", image: "notes:1", port: 80, domainSuffix: "example.com" });
  expect(template).toMatchObject({
    https: true,
    healthPath: "/health",
    volumes: [],
    environment: {},
    limits: { memoryMb: null, cpus: null },
  });
});

test("an address has its port where that is not the usual one", () => {
  const usual = { httpPort: 80, httpsPort: 443 };
  const own = { httpPort: 8080, httpsPort: 8443 };
  const domain = "a.example.com";
  expect(stackUrl({ domain, https: true }, usual)).toBe("https://a.example.com");
  expect(stackUrl({ domain, https: false }, usual)).toBe("http://a.example.com");
  expect(stackUrl({ domain, https: true }, own)).toBe("https://a.example.com:8443");
  expect(stackUrl({ domain, https: false }, own)).toBe("http://a.example.com:8080");
});
