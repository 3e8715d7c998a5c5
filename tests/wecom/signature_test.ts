/** The JS-SDK signature against the official vectors, and the two sign-in addresses. */
import assert from "node:assert/strict";
import { nonce, signedUrl, signPage } from "../../lib/wecom/signature.ts";
import { oauthUrl, ssoUrl } from "../../lib/wecom/oauth.ts";
import vectors from "./vectors.json" with { type: "json" };

for (const vector of vectors.jssdk_signature) {
  Deno.test(`a page is signed as the official sample says: ${vector.name}`, () => {
    const { jsapi_ticket: ticket, noncestr: nonceStr, timestamp, url } = vector;
    const signed = signPage({ ticket, nonceStr, timestamp, url });
    assert.deepEqual(signed, {
      timestamp,
      nonceStr,
      signature: vector.signature,
    });
  });
}

Deno.test("a fragment is not signed, the whole query is", () => {
  const base = { ticket: "t", nonceStr: "n", timestamp: 1 };
  const bare = signPage({ ...base, url: "https://a.test/p?x=1&y=%20" });
  const withHash = signPage({
    ...base,
    url: "https://a.test/p?x=1&y=%20#/tab?z=2",
  });
  const other = signPage({ ...base, url: "https://a.test/p?x=1" });
  assert.equal(withHash.signature, bare.signature);
  assert.notEqual(other.signature, bare.signature);
  assert.equal(signedUrl("https://a.test/#"), "https://a.test/");
});

Deno.test("the two nonces of a page differ even with a stuck random source", () => {
  const stuck = () => 0.999999;
  assert.match(nonce("c", stuck), /^[A-Za-z0-9]{16}$/);
  assert.notEqual(nonce("c", stuck), nonce("a", stuck));
});

const login = {
  corpId: "ww01",
  agentId: "1000002",
  redirectUri: "https://group.example.com/auth/callback?next=/orders/1&x=ä b",
  state: "0af3",
};

Deno.test("inside the client a person is sent to the silent OAuth page", () => {
  const url = oauthUrl({ ...login, oauthBase: "https://open.weixin.qq.com/" });
  assert.equal(
    url,
    "https://open.weixin.qq.com/connect/oauth2/authorize?appid=ww01" +
      "&redirect_uri=https%3A%2F%2Fgroup.example.com%2Fauth%2Fcallback%3Fnext%3D%2Forders%2F1%26x%3D%C3%A4%20b" +
      "&response_type=code&scope=snsapi_base&state=0af3&agentid=1000002#wechat_redirect",
  );
});

Deno.test("on a desktop a person is sent to the QR code", () => {
  const url = new URL(
    ssoUrl({ ...login, ssoBase: "https://login.work.weixin.qq.com" }),
  );
  assert.equal(
    url.origin + url.pathname,
    "https://login.work.weixin.qq.com/wwlogin/sso/login",
  );
  assert.deepEqual(Object.fromEntries(url.searchParams), {
    login_type: "CorpApp",
    appid: "ww01",
    agentid: "1000002",
    redirect_uri: login.redirectUri,
    state: "0af3",
  });
});

Deno.test("a state that WeCom would not give back unchanged is refused", () => {
  for (const state of ["", "a-b", "a_b", "a=", "x".repeat(129)]) {
    assert.throws(
      () => oauthUrl({ ...login, oauthBase: "https://o.test", state }),
      RangeError,
    );
    assert.throws(
      () => ssoUrl({ ...login, ssoBase: "https://o.test", state }),
      RangeError,
    );
  }
});
