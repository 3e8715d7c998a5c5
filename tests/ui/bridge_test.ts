import assert from "node:assert/strict";
import { clientOf, isClientFailure, refusal } from "../../lib/ui/bridge.ts";

const ANDROID =
  "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126 Mobile Safari/537.36 wxwork/4.1.30 MicroMessenger/7.0.1";

Deno.test("the client is told from its user agent", () => {
  const of = (version: string, rest = "") =>
    clientOf(ANDROID.replace("4.1.30", version) + rest);
  assert.equal(of("4.1.30"), "phone");
  assert.equal(of("4.1.30", " WindowsWechat"), "desktop");
  assert.equal(of("2.4.20"), "phone");
  // Before that, the customer would silently be left out.
  assert.equal(of("2.4.19"), "old");
  assert.equal(of("2.4"), "old");
  assert.equal(
    clientOf("Mozilla/5.0 Chrome/126 MicroMessenger/8.0.50"),
    "outside",
  );
  assert.equal(clientOf(""), "outside");
});

Deno.test("a refusal is understood in all spellings of client and SDK", () => {
  const error = (reason: unknown) => refusal(reason)?.error ?? null;
  const said = (errMsg: string) => error({ errMsg, errCode: -1 });
  assert.equal(said("openEnterpriseChat:cancel"), null);
  assert.equal(said("selectExternalContact:fail_cancel"), null);
  assert.equal(said("openEnterpriseChat:function not exist"), "CLIENT_TOO_OLD");
  assert.equal(said("openEnterpriseChat:functionnotexist"), "CLIENT_TOO_OLD");
  for (
    const text of [
      "openEnterpriseChat:no permission",
      "openEnterpriseChat:fail no permission",
      "openEnterpriseChat:permission denied",
      "openEnterpriseChat:accessdenied",
      "openEnterpriseChat:fail_nopermission",
    ]
  ) assert.equal(said(text), "NO_CUSTOMER_CONTACT_PERMISSION", text);
  for (
    const text of [
      "agentConfig:fail invalid signature",
      "preVerifyJSAPI:fail",
      "config:fail",
      "openEnterpriseChat:the permission value is offline verifying",
    ]
  ) assert.equal(said(text), "CLIENT_NOT_READY", text);
  assert.equal(error(new Error("SDK Error: Aborted")), "CLIENT_NOT_READY");
  assert.equal(said("openEnterpriseChat:fail"), "CLIENT_REFUSED");
  assert.equal(error(undefined), "CLIENT_REFUSED");
});

Deno.test("only the SDK's own unhandled rejections are kept quiet", () => {
  assert.ok(isClientFailure({ errMsg: "agentConfig:fail" }));
  assert.ok(isClientFailure(new Error("SDK Error: Aborted")));
  assert.ok(!isClientFailure(new TypeError("x is undefined")));
});
