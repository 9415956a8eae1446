import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import type { ServiceDetail } from "@/lib/contracts/service";
import { parseServiceFile, serviceFileSchema } from "./service-file";
import { differencesOf, secretsToChoose } from "./up";

const FILE = `# how the shop runs
service: shop
driver: process
port: 4100
settings:
  start: node server.js
health: { intervalMs: 500 }
environment:
  GREETING: hi
`;

test("landfall.yml is the body of POST /api/services, and its keys are remembered", () => {
  const { service, values, keys } = parseServiceFile(FILE);
  expect(service).toBe("shop");
  expect(values).toMatchObject({
    driver: "process",
    port: 4100,
    environment: { GREETING: "hi" },
  });
  expect([...keys]).toEqual(["service", "driver", "port", "settings", "health", "environment"]);
});

test.each([
  [FILE.replace("4100", "70000"), "landfall.yml:4: port: This must be 65,535 or less."],
  [FILE.replace("process", "lambda"), "landfall.yml:3: driver: "],
  [FILE.replace("GREETING: hi", "GREETING: 5"), "landfall.yml:9: environment.GREETING: "],
  [FILE.replace("GREETING: hi", "2BAD: hi"), "landfall.yml:9: environment.2BAD: "],
  [FILE.replace("intervalMs", "interval"), "landfall.yml:7: health.interval: "],
  [FILE.replace("port: 4100", "prot: 4100"), "landfall.yml:4: prot: "],
  [FILE.replace("service: shop", "service: My Shop"), "landfall.yml:2: service: "],
  [FILE.replace("port: 4100\n", ""), "landfall.yml: port: "],
  ["", "landfall.yml: service: "],
  ["- a", "landfall.yml: the file: "],
  ["service: [", "landfall.yml: "],
])("a wrong field is named with its line: %#", (text, expected) => {
  expect(() => parseServiceFile(text)).toThrow(
    expect.objectContaining({ exitCode: 2, message: expect.stringContaining(expected) }),
  );
});

test("all wrong fields are named at once, each with a sentence", () => {
  const wrong = FILE.replace("4100", "0").replace("hi", "[]");
  const lines = (() => {
    try {
      return parseServiceFile(wrong) && [];
    } catch (error) {
      return (error as Error).message.split("\n");
    }
  })();
  expect(lines).toHaveLength(2);
  for (const line of lines) expect(line).toMatch(/^landfall\.yml:\d+: [\w.]+: [A-Z].*\.$/);
});

test("the committed schema is that of the contract: landfall schema > docs/landfall.schema.json", async () => {
  expect(JSON.parse(await readFile("docs/landfall.schema.json", "utf8"))).toEqual(
    JSON.parse(JSON.stringify(serviceFileSchema())),
  );
});

const SERVICE = {
  name: "shop",
  target: { name: "here" },
  driver: "process",
  port: 4100,
  settings: { start: "node server.js" },
  health: parseServiceFile(FILE).values.health,
  healthPath: "/health",
  healthPathChosen: false,
  domain: "shop.example.com",
} as unknown as ServiceDetail;

test("only keys of the file are compared, and an absent one changes nothing", () => {
  const changed = FILE.replace("4100", "4200").replace("server.js", "main.js");
  const differences = differencesOf(SERVICE, parseServiceFile(changed)).filter(({ key }) => key !== "health");
  expect(differences).toEqual([
    { key: "settings", from: { start: "node server.js" }, to: { start: "node main.js" } },
    { key: "port", from: 4100, to: 4200 },
  ]);
  const none = differencesOf(SERVICE, parseServiceFile(`${FILE}domain: null\n`)).map(({ key }) => key);
  expect(none).toContain("domain");
  const path = (file: string) =>
    differencesOf(SERVICE, parseServiceFile(FILE + file)).find(({ key }) => key === "healthPath");
  expect([path("healthPath: /health\n"), path("healthPath: null\n"), path("")]).toEqual([
    { key: "healthPath", from: null, to: "/health" },
    undefined,
    undefined,
  ]);
  expect(() => differencesOf(SERVICE, parseServiceFile(`${FILE}target: there\n`))).toThrow("target: shop is on here");
});

test("a choice of what is secret is sent once", () => {
  const before = [
    { name: "A", secret: true, secretChosen: true },
    { name: "B", secret: true, secretChosen: false },
  ] as ServiceDetail["environment"];
  expect(secretsToChoose(before, { A: true, B: true, C: false })).toEqual({ B: true, C: false });
});
