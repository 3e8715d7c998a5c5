/**
 * What Deno's own OpenTelemetry exports of this process, by names that say nothing
 * of a person: calls to WeCom by endpoint and outcome, jobs, how creations of groups
 * ended, failures on phones. What waits in the database is asked for when it is
 * exported, once for all numbers. Without `OTEL_DENO` nothing of it costs anything.
 */
import { metrics } from "@opentelemetry/api";

const meter = metrics.getMeter("customer-group");

const calls = meter.createCounter("wecom.calls", {
  description: "Calls to WeCom by endpoint and outcome",
});
const callMs = meter.createHistogram("wecom.call.duration", { unit: "ms" });
const jobs = meter.createCounter("jobs", {
  description: "Runs of what the clock begins, by name and outcome",
});
const groups = meter.createCounter("groups", {
  description: "Creations of groups by how they ended",
});
const clients = meter.createCounter("client.failures", {
  description: "What failed on somebody's phone, by the client's function",
});

/** `outcome`: ok, an error code, or how it failed. */
export function countCall(endpoint: string, outcome: string, ms: number): void {
  calls.add(1, { endpoint, outcome });
  callMs.record(ms, { endpoint });
}

export function countJob(name: string, outcome: "done" | "failed"): void {
  jobs.add(1, { name, outcome });
}

/** bound, or the reason of an end. */
export function countGroup(ended: string): void {
  groups.add(1, { ended });
}

export function countClientFailure(api: string): void {
  clients.add(1, { api });
}

export interface Waiting {
  inboxWaiting: number;
  inboxDead: number;
  /** Of the oldest that is due, in seconds; 0: nothing is due. */
  inboxAge: number;
  /** Creations that the client was asked for, and searches. */
  pending: number;
  searching: number;
}

/** `ask` is called when the numbers are exported; one that fails exports none. */
export function exportWaiting(ask: () => Promise<Waiting>): void {
  const gauges = {
    inboxWaiting: meter.createObservableGauge("inbox.waiting"),
    inboxDead: meter.createObservableGauge("inbox.dead"),
    inboxAge: meter.createObservableGauge("inbox.age", { unit: "s" }),
    pending: meter.createObservableGauge("groups.pending"),
    searching: meter.createObservableGauge("groups.searching"),
  } as const;
  meter.addBatchObservableCallback(async (result) => {
    const waiting = await ask().catch(() => null);
    if (!waiting) return;
    for (const [name, gauge] of Object.entries(gauges)) {
      result.observe(gauge, waiting[name as keyof Waiting]);
    }
  }, Object.values(gauges));
}
