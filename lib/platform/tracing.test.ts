import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import * as z from "zod";
import { Problem } from "@/lib/contracts/problem";
import { withSettings } from "@/lib/platform/test-env";

const Attribute = z.object({ key: z.string(), value: z.record(z.string(), z.unknown()) });
const CollectedSpan = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  name: z.string(),
  kind: z.int(),
  attributes: z.array(Attribute),
  status: z.object({ code: z.int().optional(), message: z.string().optional() }),
});
/** The parts of an OTLP/HTTP trace request that the tests read. */
const Traces = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: z.array(Attribute) }),
      scopeSpans: z.array(z.object({ spans: z.array(CollectedSpan) })),
    }),
  ),
});

/** A small collector that stores what it receives. */
let collector: Server;
let received: z.infer<typeof Traces>[];
let asked: IncomingMessage[];

beforeEach(async () => {
  received = [];
  asked = [];
  collector = createServer(async (request, response) => {
    asked.push(request);
    const body = Buffer.concat(await Array.fromAsync(request)).toString("utf8");
    received.push(Traces.parse(JSON.parse(body)));
    response.setHeader("content-type", "application/json").end("{}");
  });
  await new Promise<void>((listening) => collector.listen(0, "127.0.0.1", listening));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  withSettings();
  await new Promise((closed) => collector.close(closed));
});

/** The environment is read once, so each test imports the modules again. */
async function tracing(settings: Record<string, string>) {
  withSettings(settings);
  const fresh = await import("@/lib/platform/tracing");
  await fresh.startTracing("worker");
  return fresh;
}
const spans = () =>
  received.flatMap(({ resourceSpans }) =>
    resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)),
  );
const spanNamed = (name: string) => spans().find((span) => span.name === name);
const address = () => `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;

test("a deployment, its phases and who asked for it arrive at the collector as one trace", async () => {
  const { traced, stopTracing } = await tracing({
    OTEL_EXPORTER_OTLP_ENDPOINT: address(),
    OTEL_EXPORTER_OTLP_HEADERS: "x-tenant=acme",
    OTEL_SERVICE_NAME: "landfall-test",
    OTEL_RESOURCE_ATTRIBUTES: "deployment.environment=staging",
  });
  const traceparent = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;
  await traced(
    "deployment",
    { kind: "consumer", traceparent, attributes: { "landfall.service": "shop" } },
    async (span) => {
      await traced("run build", {}, async () => {});
      const failing = traced("run verify", {}, async () => {
        throw new Problem("health-failed", { detail: "s3cret from the service" });
      });
      await expect(failing).rejects.toThrow();
      span.set({ "landfall.outcome": "undone" });
      span.fail("undone");
    },
  );
  await stopTracing();

  expect(asked[0]).toMatchObject({ url: "/v1/traces", headers: { "x-tenant": "acme" } });
  const deployment = spanNamed("deployment");
  expect(deployment).toMatchObject({
    traceId: "a".repeat(32),
    parentSpanId: "b".repeat(16),
    kind: 5,
    status: { code: 2, message: "undone" },
  });
  for (const name of ["run build", "run verify"])
    expect(spanNamed(name)).toMatchObject({ traceId: deployment?.traceId, parentSpanId: deployment?.spanId });
  expect(spanNamed("run build")?.status.code ?? 0).toBe(0);
  expect(spanNamed("run verify")?.status).toMatchObject({ code: 2, message: "health-failed" });
  expect(deployment?.attributes).toContainEqual({ key: "landfall.service", value: { stringValue: "shop" } });
  expect(received[0]?.resourceSpans[0]?.resource.attributes).toEqual(
    expect.arrayContaining([
      { key: "service.name", value: { stringValue: "landfall-test" } },
      { key: "deployment.environment", value: { stringValue: "staging" } },
    ]),
  );
  expect(JSON.stringify(received)).not.toContain("s3cret");
});

test("a traceparent that is none is nobody's child", async () => {
  const { traced, stopTracing } = await tracing({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${address()}/else/where` });
  await traced("GET /api/x", { kind: "server", traceparent: `00-${"0".repeat(32)}-x-01` }, async () => {});
  await stopTracing();
  expect(asked[0]?.url).toBe("/else/where");
  expect(spanNamed("GET /api/x")?.parentSpanId).toBeUndefined();
});

test("without an address the work is done all the same, and nothing is sent", async () => {
  const { traced, stopTracing } = await tracing({});
  expect(await traced("deployment", {}, async (span) => span.set({ a: 1 }) ?? 42)).toBe(42);
  await stopTracing();
  expect(asked).toEqual([]);
});
