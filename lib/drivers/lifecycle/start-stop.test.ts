import { expect, test } from "vitest";
import { startReceipt } from "./start-stop";

const spec = (id: string) => ({
  directory: `/base/web/releases/${id}`,
  command: "node server.js",
  environmentFile: `/base/web/environment/${id}.json`,
  publicPort: 8080,
  bindAddress: null,
  memoryMb: 256,
  cpus: null,
});

test("a receipt comes back as the JSON it was kept as", () => {
  const live = { releaseId: "r2", way: "edge", binding: { host: "127.0.0.1", port: 20_001 } };
  const reach = { publicPort: 8080, bindAddress: null, domain: "a.example", certificate: "internal" };
  const former = { next: { ...live, ...reach }, private: live.binding, before: null };
  const receipt = { ...former, workers: [{ id: "r1-worker-1", spec: spec("r1") }] };
  expect(startReceipt(JSON.parse(JSON.stringify(receipt)))).toEqual(receipt);
  expect(startReceipt(former)).toEqual({ ...former, workers: [] });
  const command = { startedAt: "2026-12-02T02:00:00.000Z", endedAt: null, durationMs: null, exitCode: null, line: 9 };
  expect(startReceipt({ ...receipt, command })).toEqual({ ...receipt, command });
});

test("a receipt that an earlier process driver left is understood, and keeps what the supervisor needs", () => {
  const former = { release: { id: "r2", spec: spec("r2") }, previous: { id: "r1", spec: spec("r1") } };
  expect(startReceipt(former)).toMatchObject({
    next: { releaseId: "r2", way: "supervisor", publicPort: 8080, bindAddress: null },
    before: { releaseId: "r1", way: "supervisor", spec: spec("r1") },
  });
  expect(startReceipt({ ...former, previous: null }).before).toBeNull();
});

test("without a receipt of Start nothing can be verified", () => {
  for (const missing of [undefined, null, {}])
    expect(() => startReceipt(missing)).toThrow(expect.objectContaining({ code: "start-failed" }));
});
