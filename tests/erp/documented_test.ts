/** What docs/deployment.md tells the ERP's people to type does what it says. */
import assert from "node:assert/strict";
import { ERP_TOKEN, withApp } from "../support/app.ts";
import { documented } from "../support/documented.ts";

const hasCurl = await new Deno.Command("curl", { args: ["--version"] })
  .output().then(({ success }) => success, () => false);

Deno.test({
  name: "The documented calls of the ERP are accepted as they stand",
  ignore: !hasCurl,
  fn: () =>
    withApp({}, async (app) => {
      const quiet = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
      await using server = Deno.serve(quiet, app.handler);
      const origin = `http://127.0.0.1:${server.addr.port}`;
      const blocks = await documented(
        "deployment",
        "## The ERP",
        "sh",
        "groups",
      );
      const commands = blocks.join("\n")
        .replaceAll("https://HOST", origin).replaceAll("curl ", "curl -sS ");
      const { success, stdout, stderr } = await new Deno.Command("bash", {
        args: ["-euo", "pipefail", "-c", commands],
        env: { ERP_INBOUND_TOKEN: ERP_TOKEN },
      }).output();
      assert.ok(success, new TextDecoder().decode(stderr));
      // One answer behind the other, without a line between them.
      const answers = new TextDecoder().decode(stdout)
        .replaceAll("}{", "}\n{").split("\n")
        .map((line): Record<string, unknown> => JSON.parse(line).data);
      assert.equal(answers.length, 4, "one for each call");
      const [staff, orders, events, order] = answers;
      assert.equal(staff?.upserted, 1);
      assert.equal(orders?.upserted, 1);
      assert.equal(events?.accepted, 1);
      assert.deepEqual([order?.orderId, order?.stage], ["1001", "签约"]);
    }),
});
