import { expect, test } from "vitest";
import { type Fact, fact, verbatim } from "@/lib/contracts/fact";
import { tellFactsIn } from "./tell-facts";

test.each<[Fact[], string]>([
  [[fact("port-and-space", { port: 4100, free: 80_700_000_000 })], "port 4100, 80.7 GB free"],
  [[fact("sent-files", { files: 1_004, size: 21_312_000 })], "1,004 files, 21.3 MB"],
  [[fact("sent-files", { files: 1, size: 812 })], "1 file, 812 B"],
  [[fact("sent-changed-files", { files: 12, size: 999_900, changed: 3 })], "12 files, 1.0 MB, 3 changed"],
  [[fact("sending-files", { files: 3, total: 1_000 })], "3 / 1,000 files"],
  [[fact("built", { commands: "npm ci && npm run build", took: 12_400 })], "npm ci && npm run build (12.4 s)"],
  [[fact("process-started", { pid: 41_873, took: 312 })], "process 41873 in 312 ms"],
  [
    [fact("probed", { sent: 86, failed: 0 }), fact("uploads-cut", { count: 1 }), fact("streams-cut", { count: 2 })],
    "86 probes, 0 failed; 1 upload cut short; 2 event streams cut short",
  ],
  [
    [verbatim("/srv/shop"), fact("volumes-kept-in", { directory: "/srv/shop/volumes" })],
    "/srv/shop; the volumes are kept in /srv/shop/volumes",
  ],
  [
    [fact("path-answered", { path: "/health", status: 200 }), fact("probed", { sent: 4, failed: 1 })],
    "/health 200; 4 probes, 1 failed",
  ],
])("%j is, in English, “%s”", async (facts, text) => {
  expect((await tellFactsIn("en"))(facts)).toBe(text);
});

test.each([
  ["nl", 1, "1 bestand, 5,3 kB"],
  ["nl", 1_004, "1.004 bestanden, 5,3 kB"],
  ["ar", 1, "ملف واحد، 5.3 kB"],
  ["ar", 2, "ملفان، 5.3 kB"],
  ["ar", 3, "3 ملفات، 5.3 kB"],
  ["ar", 11, "11 ملفًا، 5.3 kB"],
  ["ar", 100, "100 ملف، 5.3 kB"],
  ["ar", 1_004, "1,004 ملفات، 5.3 kB"],
] as const)("%s has a plural of its own for %i files", async (locale, files, text) => {
  expect((await tellFactsIn(locale))([fact("sent-files", { files, size: 5_300 })])).toBe(text);
});

test.each(["nl", "ar"] as const)("%s writes a port without a thousands separator", async (locale) => {
  expect((await tellFactsIn(locale))([fact("port-free", { port: 4100 })])).toContain("4100");
});
