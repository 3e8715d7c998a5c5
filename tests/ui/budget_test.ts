/**
 * What a phone has to load before the button lives: measured on the pages as
 * they are served, compressed as a browser would ask for it.
 */
import assert from "node:assert/strict";
import { compileStyles } from "../../lib/ui/build_styles.ts";
import { onUpstream } from "../support/fresh.ts";
import { withApp } from "../support/app.ts";
import { brotli, scriptsOf } from "../support/scripts.ts";

const KB = 1000;

// Upstream's own client code and the SDK are more than that already.
Deno.test(
  "the order's page and the sidebar load at most 23 KB of JavaScript, the list 1.5",
  {
    ignore: onUpstream,
  },
  async () => {
    await withApp({}, async (app) => {
      const designer = app.as("chenjing");
      const sizes = await scriptsOf(designer, "/orders/demo-xh2611001/group");
      const sum = [...sizes.values()].reduce((total, size) => total + size, 0);
      assert.equal(sizes.size, 1, "one request for all of it");
      assert.ok(sum <= 23 * KB, `${sum} bytes: ${JSON.stringify([...sizes])}`);
      // Rows are added by a script without any library, where there are more.
      const list = await scriptsOf(designer, "/");
      assert.deepEqual([...list.keys()], ["/orders.js"]);
      const size = list.get("/orders.js") ?? 0;
      assert.ok(size <= 1.5 * KB, `${size} bytes`);
      const whole = await scriptsOf(designer, "/?state=with_group");
      assert.deepEqual(whole, new Map());
      const beside = await scriptsOf(designer, "/sidebar");
      const total = [...beside.values()].reduce((all, size) => all + size, 0);
      assert.ok(
        total <= 23 * KB,
        `${total} bytes: ${JSON.stringify([...beside])}`,
      );
    });
  },
);

Deno.test("the stylesheet has at most 8 KB", async () => {
  const css = await compileStyles();
  const size = brotli(css);
  assert.ok(size <= 8 * KB, `${size} bytes`);
  // The content policy lets no image in a stylesheet come from elsewhere.
  assert.doesNotMatch(css, /url\((?!["']?data:)/);
});
