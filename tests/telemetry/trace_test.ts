/**
 * With tracing on nothing secret is in any span or metric, and what happened is: a
 * process as it is deployed, its collector, and a WeCom at the other end of the
 * wire, reached directly and through the relay.
 */
import assert from "node:assert/strict";
import { build, run, start } from "../support/product.ts";
import { stubEnv, withStub } from "../support/stub_wecom.ts";

const KEYS = {
  SESSION_SECRET: "session-secret-of-a-trace-0123456789",
  DATA_KEY: "data-key-of-a-trace-0123456789-abcdef",
  ERP_INBOUND_TOKEN: "erp-inbound-token-of-a-trace",
  WECOM_CALLBACK_TOKEN: "callbacktoken",
  WECOM_CALLBACK_AES_KEY: "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C",
};
const TRACING = {
  OTEL_DENO: "true",
  OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
  OTEL_METRIC_EXPORT_INTERVAL: "300",
  OTEL_BSP_SCHEDULE_DELAY: "100",
};
const QUIET = {
  OTEL_TRACES_SAMPLER: "parentbased_always_off",
  OTEL_PROPAGATORS: "none",
};

/** What a collector has heard, as text. */
async function withCollector<T>(
  fn: (endpoint: string, heard: () => string) => Promise<T>,
): Promise<T> {
  const bodies: string[] = [];
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    async (request) => {
      bodies.push(await request.text());
      return Response.json({});
    },
  );
  try {
    const endpoint = `http://127.0.0.1:${server.addr.port}`;
    return await fn(endpoint, () => bodies.join("\n"));
  } finally {
    await server.shutdown();
  }
}

async function until(what: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!what()) {
    assert.ok(Date.now() < deadline, "not heard in time");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

Deno.test("Spans and numbers of a whole process say what happened, and nothing secret", async () => {
  await build();
  const dataDir = await Deno.makeTempDir();
  await withStub((stub, base) =>
    withCollector(async (endpoint, heard) => {
      const product = await start({
        ...stubEnv(stub, base),
        ...KEYS,
        ...TRACING,
        ...QUIET,
        DATA_DIR: dataDir,
        OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      });
      // A stranger's header begins no trace of ours.
      const traceparent =
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
      for (
        const path of [
          "/readyz",
          "/auth/callback?code=SECRETCODE&state=SECRETSTATE",
          "/api/wecom/callback?msg_signature=SECRETSIGN&timestamp=1&nonce=2",
          "/orders/13812348000/group?q=SEALEDQUERY",
        ]
      ) {
        const response = await fetch(product.origin + path, {
          headers: { traceparent },
          redirect: "manual",
        });
        await response.body?.cancel();
      }
      await until(() =>
        /GET \/auth\/callback/.test(heard()) &&
        /wecom\.calls|inbox\.waiting/.test(heard())
      );
      assert.equal(await product.stop(), 0);
      const said = heard() + product.text();
      assert.ok(stub.count("gettoken") > 0, "WeCom was asked");
      for (
        const secret of [
          ...[stub.secret, stub.token, "SECRETCODE", "SECRETSTATE"],
          ...["SECRETSIGN", "SEALEDQUERY", "13812348000", "access_token="],
          ...Object.values(KEYS).slice(0, 3),
        ]
      ) assert.ok(!said.includes(secret), secret);
      assert.match(heard(), /"http\.route"/);
      assert.match(heard(), /\/orders\/:orderId\/group/);
    })
  );
  await Deno.remove(dataDir, { recursive: true });
});

Deno.test("Tracing that would record addresses is refused at the start, by the app and by the relay", async () => {
  for (const task of ["serve", "relay"]) {
    const { code, text } = await run(["run", "-A", `lib/tasks/${task}.ts`], {
      RELAY_SECRET: "relay-secret-of-a-trace-0123456789-abc",
      WECOM_API_BASE: "http://127.0.0.1:1",
      WECOM_CORP_ID: "ww1",
      WECOM_AGENT_ID: "1",
      WECOM_SECRET: "s",
      PUBLIC_ORIGIN: "http://localhost:8000",
      ...KEYS,
      OTEL_DENO: "true",
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9",
    });
    assert.equal(code, 1, text);
    assert.match(text, /OTEL_TRACES_SAMPLER is not parentbased_always_off/);
    assert.match(text, /OTEL_PROPAGATORS is not none/);
  }
});
