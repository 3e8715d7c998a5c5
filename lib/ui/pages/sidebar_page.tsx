/** Beside a chat of the client: on a phone a page, on a desktop 300–400 px wide. */
import { Sidebar } from "../../../islands/Sidebar.tsx";
import type { SidebarModel } from "../sidebar/model.ts";

export function SidebarPage({ model }: { model: SidebarModel }) {
  return (
    <main class="page">
      <Sidebar model={model} />
      <noscript>
        <p class="notice bad">这个页面要用到脚本，请在企业微信里打开</p>
      </noscript>
    </main>
  );
}
