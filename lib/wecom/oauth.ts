/**
 * Where a person is sent to sign in: the OAuth page inside the client (91022), the QR page on a desktop
 * (98151). `state` may hold only letters and digits, at most 128 of them, so use hex, not base64url.
 * The host of `redirectUri` must be the app's trusted domain, otherwise WeCom shows 50001.
 */

/** Inside the WeCom client; silent, since `snsapi_base` asks for no consent. */
export function oauthUrl(
  input: {
    oauthBase: string;
    corpId: string;
    agentId: string;
    redirectUri: string;
    state: string;
  },
): string {
  const query = queryOf([
    ["appid", input.corpId],
    ["redirect_uri", input.redirectUri],
    ["response_type", "code"],
    ["scope", "snsapi_base"],
    ["state", checkedState(input.state)],
    ["agentid", input.agentId],
  ]);
  return `${
    trimmed(input.oauthBase)
  }/connect/oauth2/authorize?${query}#wechat_redirect`;
}

/** On a desktop browser: a QR code that the person scans with WeCom. */
export function ssoUrl(
  input: {
    ssoBase: string;
    corpId: string;
    agentId: string;
    redirectUri: string;
    state: string;
  },
): string {
  const query = queryOf([
    ["login_type", "CorpApp"],
    ["appid", input.corpId],
    ["agentid", input.agentId],
    ["redirect_uri", input.redirectUri],
    ["state", checkedState(input.state)],
  ]);
  return `${trimmed(input.ssoBase)}/wwlogin/sso/login?${query}`;
}

function queryOf(pairs: readonly (readonly [string, string])[]): string {
  return pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join("&");
}

function checkedState(state: string): string {
  if (!/^[A-Za-z0-9]{1,128}$/.test(state)) {
    throw new RangeError("OAuth state must be 1 to 128 letters and digits");
  }
  return state;
}

function trimmed(base: string): string {
  return base.replace(/\/+$/, "");
}
