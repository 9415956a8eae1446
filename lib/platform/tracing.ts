import { env } from "@/lib/platform/env";
import type { Span, SpanOptions, Tracer } from "@/lib/platform/otlp";

/*
 * Opens spans for OpenTelemetry. Its packages (lib/platform/otlp.ts) are loaded only when its settings name a collector.
 */

// Next loads a module once per route bundle, so the tracer is shared through globalThis.
const shared = globalThis as { landfallTracer?: Tracer };
const NO_SPAN: Span = { set: () => {}, fail: () => {} };

/** Runs the work in its own span. An error marks the span as failed and is rethrown. */
export function traced<T>(name: string, options: SpanOptions, work: (span: Span) => Promise<T>): Promise<T> {
  return shared.landfallTracer ? shared.landfallTracer.span(name, options, work) : work(NO_SPAN);
}

/** Starts sending spans when OTEL_EXPORTER_OTLP_ENDPOINT (or its variant for traces) is set. */
export async function startTracing(role: "web" | "worker"): Promise<void> {
  if (!env.OTEL_EXPORTER_OTLP_ENDPOINT && !env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT) return;
  const { createTracer } = await import("@/lib/platform/otlp");
  shared.landfallTracer = createTracer({ serviceName: env.OTEL_SERVICE_NAME ?? "landfall", role });
}

export async function stopTracing(): Promise<void> {
  await shared.landfallTracer?.stop();
  shared.landfallTracer = undefined;
}
