/**
 * The look of the sandbox's own pages: WeUI's colours, cells and buttons, for a
 * phone of 390 px first and a desk after it, light and dark. Small on purpose.
 */
export const UI_CSS = `
:root{--bg:#ededed;--card:#fff;--line:rgba(0,0,0,.1);--ink:rgba(0,0,0,.9);--soft:rgba(0,0,0,.56);
--brand:#07853f;--brand-text:#077a3a;--brand-ink:#fff;--link:#48648c;--red:#d33a31;--bar:#fff7e0;--bar-ink:#6b4e00;--press:#f2f2f2;--field:#fff}
@media(prefers-color-scheme:dark){:root{--bg:#111;--card:#1c1c1e;--line:rgba(255,255,255,.12);
--ink:rgba(255,255,255,.86);--soft:rgba(255,255,255,.58);--brand:#07853f;--brand-text:#3ccb7f;--brand-ink:#fff;--link:#8aa4cf;--red:#fa6c64;
--bar:#33290f;--bar-ink:#f2d68a;--press:#2a2a2c;--field:#262628}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.5 -apple-system,BlinkMacSystemFont,"PingFang SC","Noto Sans CJK SC","Noto Sans SC","Microsoft YaHei",sans-serif}
h1{font-size:22px;line-height:1.35;margin:0 0 4px}h2{font-size:14px;font-weight:500;color:var(--soft);margin:24px 16px 8px}
p{margin:0 0 8px}a{color:var(--link)}
main{max-width:1040px;margin:0 auto;padding:0 0 max(32px,env(safe-area-inset-bottom))}
.wide main{max-width:1280px}
.bar{display:flex;flex-wrap:wrap;gap:4px 16px;align-items:center;justify-content:space-between;background:var(--bar);color:var(--bar-ink);
padding:8px 16px;padding-top:max(8px,env(safe-area-inset-top));font-size:14px}
.bar p{margin:0}.bar strong{border:1px solid currentColor;border-radius:4px;padding:0 6px;margin-right:4px}
.bar nav{display:flex;gap:16px}.bar a{color:inherit;padding:4px 0}
.lead{padding:20px 16px 0}.lead p{color:var(--soft);margin:0}
.cells{background:var(--card);list-style:none;margin:0;padding:0;overflow:hidden}
.cells>li+li{border-top:1px solid var(--line);}
button,input,select{font:inherit;color:inherit}
.cell{display:flex;gap:12px;align-items:center;width:100%;min-height:64px;padding:12px 16px;border:0;background:none;text-align:left;cursor:pointer}
.cell:hover,.cell:active{background:var(--press)}
.cell .who{flex:1;min-width:0}.cell b{font-weight:500}.cell small{display:block;color:var(--soft);font-size:14px;line-height:1.45}
.cell .tag{font-size:13px;color:var(--soft);margin-left:8px}
.cell .now{flex:none;font-size:13px;color:var(--brand-text);border:1px solid currentColor;border-radius:4px;padding:0 6px}
.cell::after{content:"";flex:none;width:8px;height:8px;border:solid var(--soft);border-width:2px 2px 0 0;transform:rotate(45deg);opacity:.6}
.avatar{flex:none;display:grid;place-items:center;width:40px;height:40px;border-radius:6px;color:#fff;font-size:18px;line-height:1}
.hue0{background:#2f7dc1}.hue1{background:#3a8f5c}.hue2{background:#b4632a}.hue3{background:#8b5fbf}.hue4{background:#c14d6b}.hue5{background:#43798a}
fieldset{border:0;margin:0;padding:0;min-width:0}legend{padding:20px 0 0;font-size:14px;color:var(--soft)}
.modes{padding:0 16px}.modes div{display:flex;flex-wrap:wrap;gap:8px;margin-top:8px}
.modes label{position:relative;display:inline-flex}.modes input{position:absolute;opacity:0;inset:0;margin:0;width:100%;height:100%;cursor:pointer}
.modes span{border:1px solid var(--line);background:var(--card);border-radius:20px;padding:7px 14px;font-size:14px}
.modes input:checked+span{border-color:var(--brand-text);color:var(--brand-text);box-shadow:inset 0 0 0 1px var(--brand-text)}
.button,button.button{display:inline-flex;align-items:center;justify-content:center;min-height:44px;padding:8px 20px;border:0;border-radius:8px;background:var(--brand);color:var(--brand-ink);
font-weight:500;text-decoration:none;cursor:pointer}
.button:hover{filter:brightness(.95)}
.plain,button.plain{min-height:36px;padding:4px 12px;border:1px solid var(--line);border-radius:6px;background:var(--card);cursor:pointer;font-size:14px;white-space:nowrap}
.plain:hover{background:var(--press)}.plain.warn{color:var(--red)}.plain[aria-pressed=true]{border-color:var(--brand-text);color:var(--brand-text);box-shadow:inset 0 0 0 1px var(--brand-text)}
:focus-visible,.modes input:focus-visible+span{outline:2px solid var(--link);outline-offset:2px}.cell:focus-visible{outline-offset:-3px}
.notice{padding:64px 24px;text-align:center;max-width:520px;margin:0 auto}.notice p{color:var(--soft);overflow-wrap:anywhere}.notice .button{margin:16px 6px 0}
.flash{position:fixed;left:16px;right:16px;bottom:max(20px,env(safe-area-inset-bottom));z-index:5;max-width:420px;margin:0 auto;padding:12px 16px;border-radius:8px;background:var(--card);border-left:4px solid var(--brand-text);box-shadow:0 2px 16px rgba(0,0,0,.3);animation:away 0s 4s forwards}.flash.bad{border-left-color:var(--red);animation-delay:10s}@keyframes away{to{opacity:0;visibility:hidden}}
.panel{background:var(--card);margin:12px 0 0;padding:16px}.panel h2{margin:0 0 12px;color:var(--ink);font-size:17px}
.panel p.hint,.hint{color:var(--soft);font-size:14px}
.row{display:flex;flex-wrap:wrap;gap:8px;align-items:end}.panel>*+*,.panel form>.row+.row{margin-top:12px}.panel>p.hint{margin-bottom:0}.panel>details+details{margin-top:0}
.row.tight{gap:8px}
.field{display:flex;flex-direction:column;gap:2px;font-size:13px;color:var(--soft);flex:1 1 140px;min-width:0}
.field input,.field select,input.text{min-height:40px;padding:6px 10px;border:1px solid var(--line);border-radius:6px;background:var(--field);color:var(--ink);font-size:16px;width:100%;min-width:0}
table{border-collapse:collapse;width:100%;font-size:14px}th{font-weight:500;color:var(--soft);text-align:left}
th,td{padding:8px 12px 8px 0;border-top:1px solid var(--line);vertical-align:top}tr:first-child>th{border-top:0}
.jump{display:flex;gap:8px;overflow-x:auto;padding:16px 16px 0;scrollbar-width:none}.jump a{flex:none;padding:6px 14px;border-radius:16px;background:var(--card);border:1px solid var(--line);color:var(--ink);text-decoration:none;font-size:14px}
.plainlist{margin:0;padding-left:1.2em;font-size:14px}.plainlist li{padding:4px 0}
.scroll{overflow-x:auto;overscroll-behavior-x:contain}td.num,th.num{text-align:right;font-variant-numeric:tabular-nums}
code{font:13px/1.4 ui-monospace,Menlo,Consolas,monospace;overflow-wrap:anywhere}
.bad{color:var(--red)}.ok{color:var(--brand-text)}.dim>summary{color:var(--soft)}
details>summary{cursor:pointer;padding:8px 0;overflow-wrap:anywhere;font-weight:500}details>summary small{color:var(--soft);font-weight:400}
.chat{border-top:1px solid var(--line);padding:4px 0}.chat[open]{padding-bottom:12px}.chat .row{margin-top:8px}
.members{list-style:none;margin:4px 0 0;padding:0}.members li{display:flex;gap:8px;align-items:center;justify-content:space-between;padding:4px 0;font-size:15px}
.members .row{flex-wrap:nowrap;margin:0;align-items:center}
@media(min-width:760px){main{padding-left:24px;padding-right:24px}.lead,.modes,.jump,h2{padding-left:0;padding-right:0}h2{margin-left:0}
.cells{border-radius:10px}.cells.grid{background:none;display:grid;grid-template-columns:repeat(auto-fill,minmax(300px,1fr));gap:12px;overflow:visible}
.cells.grid>li{background:var(--card);border:0;border-radius:10px;overflow:hidden}.cells.grid .cell{height:100%;align-items:flex-start}.cells.grid .cell::after{align-self:center}
.panel{border-radius:10px}.columns{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:16px;align-items:start;margin-top:4px}}
@media(prefers-reduced-motion:no-preference){.flash{animation-duration:.3s}.cell,.plain,.button{transition:background .12s}}
`.trim();
