/**
 * Puts `/sandbox/bridge.js` together: a classic script for the page's <head>,
 * before any module, since @wecom/jssdk reads the user agent and looks for the
 * bridge once, when it is loaded. The parts are typed functions sent as text.
 */
import { bridgeClient, bridgeKind } from "./bridge_client.ts";
import { bridgeScreens } from "./bridge_screens.ts";
import { bridgeUi } from "./bridge_ui.ts";

const CSS = `
:host{all:initial;color-scheme:light dark}
*{box-sizing:border-box}
:host,dialog,.edge,.toast{--bg:#ededed;--card:#fff;--line:rgba(0,0,0,.1);--ink:rgba(0,0,0,.9);--soft:rgba(0,0,0,.56);--brand:#07853f;--link:#48648c;--wx:#247a45;--bar:#fff7e0;--bar-ink:#6b4e00;
font:16px/1.5 -apple-system,BlinkMacSystemFont,"PingFang SC","Noto Sans CJK SC","Noto Sans SC","Microsoft YaHei",sans-serif;color:var(--ink)}
@media(prefers-color-scheme:dark){:host,dialog,.edge,.toast{--bg:#111;--card:#1c1c1e;--line:rgba(255,255,255,.12);--ink:rgba(255,255,255,.86);--soft:rgba(255,255,255,.58);--link:#8aa4cf;--wx:#5cc487;--bar:#33290f;--bar-ink:#f2d68a}}
dialog{padding:0;border:0;background:var(--bg);display:flex;flex-direction:column;overflow:hidden;max-width:none;max-height:none}
dialog.phone{inset:auto 0 0;margin:0 auto;width:100%;height:calc(100% - 40px);max-width:640px;border-radius:12px 12px 0 0}
dialog.desk{width:460px;height:min(640px,88vh);border-radius:10px;margin:auto;max-width:94vw}
dialog::backdrop{background:rgba(0,0,0,.5)}
.mark{margin:0;padding:4px 16px;font-size:12px;text-align:center;background:var(--bar);color:var(--bar-ink)}
header{display:grid;grid-template-columns:minmax(72px,auto) minmax(0,1fr) minmax(72px,auto);align-items:center;min-height:48px;padding:4px 8px}
h2{font-size:17px;font-weight:500;margin:0;text-align:center;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
h3{font-size:14px;font-weight:400;color:var(--soft);margin:16px 16px 6px}
button{font:inherit;color:var(--ink);background:none;border:0;min-height:40px;padding:4px 12px;border-radius:6px;cursor:pointer;justify-self:start}
button.go{background:var(--brand);color:#fff;font-weight:500;justify-self:end;min-height:36px}button[disabled]{opacity:.45;cursor:default}button[hidden]{display:none}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
.status{margin:0;padding:0 16px;font-size:14px;color:var(--soft);text-align:center;min-height:0}.status:not(:empty){padding-bottom:8px}
.body{flex:1;overflow-y:auto;padding-bottom:max(16px,env(safe-area-inset-bottom))}
ul{list-style:none;margin:0;padding:0;background:var(--card)}
li{display:flex;align-items:center;gap:12px;padding:10px 16px;min-height:60px}li+li{border-top:1px solid var(--line)}
li label{display:flex;align-items:center;gap:12px;width:100%;cursor:pointer}.picks li{padding:0}.picks label{padding:10px 16px;min-height:60px}
.avatar{flex:none;display:grid;place-items:center;width:40px;height:40px;border-radius:6px;color:#fff;font-size:18px;line-height:1}
.hue0{background:#2f7dc1}.hue1{background:#3a8f5c}.hue2{background:#b4632a}.hue3{background:#8b5fbf}.hue4{background:#c14d6b}.hue5{background:#43798a}
.name{flex:1;min-width:0;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}.name small{display:block;color:var(--soft);font-size:13px;overflow:hidden;text-overflow:ellipsis}
.tag{flex:none;font-size:13px;color:var(--soft)}.tag.wx{color:var(--wx)}
.field{display:flex;align-items:center;gap:16px;margin:0;padding:12px 16px;min-height:56px;background:var(--card)}.field span{flex:none;color:var(--soft);min-width:4em}.field+.field{border-top:1px solid var(--line)}
.field b{font-weight:400;overflow-wrap:anywhere}
input{font:inherit;color:var(--ink)}.field input{flex:1;min-width:0;border:0;background:none;padding:6px 0}
.search{margin:0;padding:4px 12px 12px;position:sticky;top:0;background:var(--bg)}.search input{width:100%;min-height:40px;border:1px solid var(--line);border-radius:8px;background:var(--card);padding:6px 12px}
input[type=checkbox]{flex:none;width:20px;height:20px;accent-color:var(--brand);margin:0}
.check{display:flex;gap:10px;align-items:center;padding:14px 16px;min-height:48px}
.chat .note{text-align:center;font-size:13px;color:var(--soft);margin:12px}.faces{margin-bottom:4px}
.said{padding:4px 16px}.said small{display:block;color:var(--soft);font-size:13px}.said p{margin:2px 0 0;display:inline-block;background:var(--card);border-radius:6px;padding:8px 12px;overflow-wrap:anywhere}
.toast{position:fixed;left:50%;bottom:96px;transform:translateX(-50%);margin:0;padding:10px 20px;border-radius:8px;background:rgba(30,30,30,.92);color:#fff;z-index:2147483000;white-space:nowrap}
.edge{position:fixed;right:0;top:62%;z-index:2147483000;display:flex;align-items:center;pointer-events:none}
.edge>*{pointer-events:auto}
.tab{writing-mode:vertical-rl;min-height:0;padding:8px 3px;font-size:12px;line-height:1.3;letter-spacing:2px;background:var(--bar);color:var(--bar-ink);border-radius:8px 0 0 8px;box-shadow:0 0 4px rgba(0,0,0,.25)}
.tab::after{content:"";position:absolute;inset:-6px 0 -6px auto;width:32px}
.menu{background:var(--card);border-radius:8px;box-shadow:0 2px 12px rgba(0,0,0,.3);padding:8px 0;margin-right:6px}.menu[hidden]{display:none}
.menu p{margin:0;padding:4px 16px;font-size:13px;color:var(--soft)}.menu a{display:block;padding:9px 16px;color:var(--ink);text-decoration:none}
`.trim();

/** The script; the same for everybody, what differs is in cookies and on the server. */
export function bridgeSource(): string {
  return `(() => {
const kind = (${bridgeKind})();
const ui = (${bridgeUi})(${JSON.stringify(CSS)}, kind === "desktop");
const screens = (${bridgeScreens})(ui);
(${bridgeClient})(kind, ui, screens);
})();
`;
}
