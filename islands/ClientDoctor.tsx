/** The part of the doctor that only the WeCom client can answer, on its own page. */
import { useSignal } from "@preact/signals";
import { createApi } from "../lib/ui/api.ts";
import { askClient, type ClientLine } from "../lib/ui/client_doctor.ts";
import { Button } from "../lib/ui/parts/button.tsx";

export function ClientDoctor() {
  const lines = useSignal<readonly ClientLine[]>([]);
  const busy = useSignal(false);

  async function look() {
    if (busy.value) return;
    busy.value = true;
    lines.value = [];
    const api = createApi((...request) => fetch(...request));
    for await (const line of askClient(api, navigator.userAgent)) {
      lines.value = [...lines.value, line];
    }
    busy.value = false;
  }

  return (
    <section class="card client">
      <h2>这部手机上的企业微信</h2>
      <p>在企业微信里打开这一页再检查，结果是客户端的原话</p>
      <div aria-live="polite">
        {lines.value.map(({ name, said }) => (
          <p key={name} data-testid={"client-" + name}>
            <code>{name}</code> {said}
          </p>
        ))}
      </div>
      <Button kind="plain" id="ask-client" busy={busy.value} onClick={look}>
        检查
      </Button>
    </section>
  );
}
