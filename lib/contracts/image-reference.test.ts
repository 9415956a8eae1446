import fc from "fast-check";
import { expect, test } from "vitest";
import { formatImageReference, parseImageReference } from "./image-reference";

const SHA = `sha256:${"0123456789abcdef".repeat(4)}`;

test.each([
  ["nginx", "docker.io/library/nginx:latest"],
  ["nginx:1.27-alpine", "docker.io/library/nginx:1.27-alpine"],
  ["acme/shop", "docker.io/acme/shop:latest"],
  ["docker.io/nginx", "docker.io/library/nginx:latest"],
  ["index.docker.io/acme/shop:2", "docker.io/acme/shop:2"],
  ["ghcr.io/acme/shop", "ghcr.io/acme/shop:latest"],
  ["GHCR.io/acme/shop", "ghcr.io/acme/shop:latest"],
  ["registry.example.com:5000/team/a/b:v1", "registry.example.com:5000/team/a/b:v1"],
  ["localhost/shop", "localhost/shop:latest"],
  ["localhost:5000/shop:dev", "localhost:5000/shop:dev"],
  ["[::1]:5000/shop", "[::1]:5000/shop:latest"],
  [`nginx@${SHA}`, `docker.io/library/nginx@${SHA}`],
  [`ghcr.io/acme/shop:v2@${SHA}`, `ghcr.io/acme/shop:v2@${SHA}`],
  ["a__b/c--d.e_f", "docker.io/a__b/c--d.e_f:latest"],
])("%s is %s", (text, whole) => {
  const parsed = parseImageReference(text);
  expect(parsed && formatImageReference(parsed)).toBe(whole);
});

test.each([
  "",
  ":",
  "/",
  "nginx:",
  "nginx@",
  "nginx@sha256:short",
  `nginx@${SHA}@${SHA}`,
  "Nginx",
  "-nginx",
  "acme//shop",
  "acme/shop/",
  "a___b",
  "https://ghcr.io/acme/shop",
  "ghcr.io/acme/shop :v1",
  "ghcr.io/acme/shop:-v1",
  "nginx; rm -rf /",
  "--privileged",
  `${"a".repeat(130)}/${"b".repeat(130)}`,
  `nginx:${"t".repeat(129)}`,
  "0123456789abcdef".repeat(4),
  "ghcr.io:port/acme/shop",
])("%j is no reference", (text) => {
  expect(parseImageReference(text)).toBeNull();
});

const word = fc.stringMatching(/^[a-z0-9]{1,8}$/);
const repository = fc
  .array(
    fc.tuple(word, fc.constantFrom(".", "_", "__", "-", "---"), word).map((parts) => parts.join("")),
    { minLength: 1, maxLength: 3 },
  )
  .map((parts) => parts.join("/"));
const host = fc.oneof(
  fc.constantFrom("docker.io", "ghcr.io", "localhost", "localhost:5000"),
  fc.tuple(word, fc.integer({ min: 1, max: 65_535 })).map(([name, port]) => `${name}.example.com:${port}`),
);
const tag = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}$/);
const digest = fc.stringMatching(/^[0-9a-f]{64}$/).map((hex) => `sha256:${hex}`);

test("what is written whole is read back the same", () => {
  fc.assert(
    fc.property(host, repository, fc.option(tag), fc.option(digest), (host, repository, tag, digest) => {
      const text = `${host}/${repository}${tag === null ? "" : `:${tag}`}${digest === null ? "" : `@${digest}`}`;
      const parsed = parseImageReference(text);
      expect(parsed).toMatchObject({ host, digest });
      if (!parsed) return;
      expect(parseImageReference(formatImageReference(parsed))).toEqual(parsed);
    }),
  );
});

test("nothing that is read holds a space, a quote or a leading dash", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: "binary" })), (text) => {
      const parsed = parseImageReference(text);
      if (parsed) expect(formatImageReference(parsed)).toMatch(/^[A-Za-z0-9[][\w.:/@[\]-]*$/);
    }),
    { numRuns: 1_000 },
  );
});
