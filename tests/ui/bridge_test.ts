import assert from "node:assert/strict";
import { canInvite, clientOf } from "../../lib/ui/bridge.ts";
import { isClientFailure, refusal } from "../../lib/ui/refusal.ts";

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

/** As the official page (90315) and the clients have them. */
const CLIENTS: readonly (readonly [string, string, boolean])[] = [
  [
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) wxwork/4.1.30 (MicroMessenger/6.2) WeChat/2.0.4",
    "desktop",
    false,
  ],
  [
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 wxwork/5.0.0 (MicroMessenger/6.2) MacWechat WeChat/2.0.4 Language/zh",
    "desktop",
    false,
  ],
  [
    "Mozilla/5.0 (Windows NT 10.0; WOW64) AppleWebKit/537.36 Chrome/81 Safari/537.36 wxwork/4.1.30 (MicroMessenger/6.2) WindowsWechat",
    "desktop",
    true,
  ],
  [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 wxwork/4.1.30 MicroMessenger/7.0.1 Language/zh",
    "phone",
    true,
  ],
  [
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Mobile/15E148 wxwork/4.1.30 MicroMessenger/7.0.1",
    "phone",
    true,
  ],
  [ANDROID, "phone", true],
];

for (const [userAgent, client, invites] of CLIENTS) {
  Deno.test(`${client}, ${invites ? "puts" : "does not put"} colleagues in: ${userAgent}`, () => {
    assert.equal(clientOf(userAgent), client);
    assert.equal(canInvite(userAgent), invites);
  });
}

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
