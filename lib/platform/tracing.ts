import { env } from "@/lib/platform/env";

/*
 * Spans for OpenTelemetry. Whoever works opens them here, and nothing of OpenTelemetry is loaded unless its settings say
 * where spans go (lib/platform/otlp.ts).
 */

export type Attributes = Record<string, string | number | boolean>;

export interface SpanOptions {
  /** `server` answers a request from outside, `consumer` takes work from the queue; everything else is `internal`. */
  kind?: "internal" | "server" | "consumer";
  attributes?: Attributes;
  /** The W3C `traceparent` of whoever asked; the span that is open here is the parent otherwise. */
  traceparent?: string | null;
}

/** What the work can say about itself while it runs. */
export interface Span {
  set(attributes: Attributes): void;
  /** Ends as a failure though nothing was thrown. */
  fail(reason: string): void;
}

export interface Tracer {
  span<T>(name: string, options: SpanOptions, work: (span: Span) => Promise<T>): Promise<T>;
  /** Sends what is left. */
  stop(): Promise<void>;
}

// Next loads a module once per route bundle; there is one tracer per process all the same.
const shared = globalThis as { landfallTracer?: Tracer };
const NOBODY_LOOKS: Span = { set: () => {}, fail: () => {} };

/** Does the work in a span of its own; what it throws ends the span as a failure and passes through. */
export function traced<T>(name: string, options: SpanOptions, work: (span: Span) => Promise<T>): Promise<T> {
  return shared.landfallTracer ? shared.landfallTracer.span(name, options, work) : work(NOBODY_LOOKS);
}

/** Begins to send spans when OTEL_EXPORTER_OTLP_ENDPOINT (or that of traces alone) is set. */
export async function startTracing(role: "web" | "worker"): Promise<void> {
  if (!env.OTEL_EXPORTER_OTLP_ENDPOINT && !env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT) return;
  const { createTracer } = await import("@/lib/platform/otlp");
  shared.landfallTracer = createTracer({ serviceName: env.OTEL_SERVICE_NAME ?? "landfall", role });
}

export async function stopTracing(): Promise<void> {
  await shared.landfallTracer?.stop();
  shared.landfallTracer = undefined;
}
