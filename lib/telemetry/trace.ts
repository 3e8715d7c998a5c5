/**
 * Spans by Deno's own OpenTelemetry. What Deno records by itself holds whole
 * addresses, incoming ones too, and nothing can be taken out of a span again. So
 * the sampler is off for what the runtime begins (`lib/config/tracing.ts` insists
 * on it), and only spans of ours are recorded: names and codes, never an address.
 */
import {
  context,
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
  TraceFlags,
} from "@opentelemetry/api";

export type Attributes = Record<string, string | number | boolean>;

const tracer = trace.getTracer("customer-group");

/** What `work` asks of others is in no span: an address may hold a secret. */
export function unrecorded<T>(work: () => T): T {
  return context.with(ROOT_CONTEXT, work);
}

/**
 * A span of ours around `work`, with what `work` tells of it; one that throws is
 * marked as failed. Without tracing it costs a function call.
 */
export async function recorded<T>(
  name: string,
  attributes: Attributes,
  work: (tell: (more: Attributes) => void) => Promise<T>,
): Promise<T> {
  if (!isOn()) return await work(() => {});
  const run = () =>
    tracer.startActiveSpan(name, { attributes }, async (span) => {
      try {
        return await work((more) => void span.setAttributes(more));
      } catch (error) {
        span.setStatus({ code: SpanStatusCode.ERROR });
        const told = error instanceof Error ? error.name : typeof error;
        span.setAttribute("error.type", told);
        throw error;
      } finally {
        span.end();
      }
    });
  // The runtime's own spans say that they record, whatever the sampler says.
  const flags = trace.getActiveSpan()?.spanContext().traceFlags ?? 0;
  return flags & TraceFlags.SAMPLED
    ? await run()
    : await context.with(begun(), run);
}

let known: boolean | undefined;

/** Whether spans of ours come to anybody: the same as long as the process lives. */
function isOn(): boolean {
  return known ??= context.with(begun(), () => {
    const probe = tracer.startSpan("probe");
    const on = probe.isRecording();
    if (on) probe.end();
    return on;
  });
}

/** A new trace: by its flag it is recorded although the sampler is off. */
function begun() {
  const hex = () => crypto.randomUUID().replaceAll("-", "");
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId: hex(),
    spanId: hex().slice(0, 16),
    traceFlags: TraceFlags.SAMPLED,
    isRemote: true,
  });
}
