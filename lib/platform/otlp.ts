import { AsyncLocalStorage } from "node:async_hooks";
import { hostname } from "node:os";
import { type Context, isSpanContextValid, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { VERSION } from "@/lib/platform/version";

type Attributes = Record<string, string | number | boolean>;

export interface SpanOptions {
  /** `server` answers a request, `consumer` takes work from the queue; everything else is `internal`. */
  kind?: "internal" | "server" | "consumer";
  attributes?: Attributes;
  /** The W3C `traceparent` of the caller; without it, the current span is the parent. */
  traceparent?: string | null;
}

/** What the work can report while it runs. */
export interface Span {
  set(attributes: Attributes): void;
  /** Marks the span as failed without an error. */
  fail(reason: string): void;
}

export interface Tracer {
  span<T>(name: string, options: SpanOptions, work: (span: Span) => Promise<T>): Promise<T>;
  /** Sends the remaining spans. */
  stop(): Promise<void>;
}

const KINDS = { internal: SpanKind.INTERNAL, server: SpanKind.SERVER, consumer: SpanKind.CONSUMER };

/**
 * Spans over OTLP/HTTP, as JSON. The exporter reads address, headers, certificates and compression from OpenTelemetry's
 * own environment variables. A collector that does not answer costs nothing but the spans.
 */
export function createTracer({ serviceName, role }: { serviceName: string; role: string }): Tracer {
  const own = resourceFromAttributes({
    "service.name": serviceName,
    "service.version": VERSION,
    "service.instance.id": `${hostname()}-${process.pid}`,
    "landfall.role": role,
  });
  const given = detectResources({ detectors: [envDetector] });
  const provider = new TracerProvider({
    resource: defaultResource().merge(own).merge(given),
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter(), exportTimeoutMillis: 5_000 })],
  });
  const tracer = provider.getTracer("landfall", VERSION);
  const open = new AsyncLocalStorage<Context>();

  return {
    span: (name, options, work) => {
      const { kind = "internal", attributes = {} } = options;
      const parent = parentOf(options) ?? open.getStore() ?? ROOT_CONTEXT;
      const span = tracer.startSpan(name, { kind: KINDS[kind], attributes }, parent);
      const fail = (message: string) => void span.setStatus({ code: SpanStatusCode.ERROR, message });
      const set = (more: SpanOptions["attributes"] = {}) => void span.setAttributes(more);
      return open.run(trace.setSpan(parent, span), async () => {
        try {
          return await work({ set, fail });
        } catch (error) {
          fail(reasonOf(error));
          throw error;
        } finally {
          span.end();
        }
      });
    },
    stop: () => provider.shutdown(),
  };
}

/** The text of an error may contain anything; its code is safe. */
function reasonOf(error: unknown): string {
  const { code, name } = error as { code?: unknown; name?: unknown };
  return String(typeof code === "string" ? code : name);
}

/** The caller's `00-<trace>-<span>-<flags>`; anything else is ignored. */
function parentOf({ traceparent }: SpanOptions): Context | undefined {
  const [, traceId = "", spanId = "", flags = ""] =
    /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(traceparent ?? "") ?? [];
  const context = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return isSpanContextValid(context) ? trace.setSpanContext(ROOT_CONTEXT, context) : undefined;
}
