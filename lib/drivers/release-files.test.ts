import { expect, test } from "vitest";
import { RecordingHost } from "@/lib/hosts/recording-host";
import { compareEntries, readManifest, writeManifest } from "./release-files";

const file = (path: string, digest: string, mode = 0o644) => ({ path, kind: "file" as const, mode, size: 1, digest });

test("what was added, removed and changed, by path; a mode is a change, a directory is not", () => {
  const from = [file("a", "1"), file("b", "1"), file("c", "1"), file("d", "1", 0o644)];
  const to = [
    file("b", "2"),
    file("c", "1"),
    file("d", "1", 0o755),
    file("e", "1"),
    { ...file("f", ""), kind: "directory" as const },
  ];
  expect(compareEntries(from, to)).toEqual([
    { name: "a", kind: "removed" },
    { name: "b", kind: "changed" },
    { name: "d", kind: "changed" },
    { name: "e", kind: "added" },
  ]);
});

test("is read back as it was written, beside the release and for its owner only", async () => {
  const host = new RecordingHost();
  const place = { host, base: "/srv", serviceName: "web" };
  await writeManifest(place, "r1", [file("a", "1")]);
  expect(await readManifest(place, "r1")).toEqual([file("a", "1")]);
  expect(await readManifest(place, "r2")).toBeNull();
  expect([...host.files].map(([path, { mode }]) => [path, mode])).toEqual([["/srv/web/manifests/r1.json", 0o600]]);
});
