/**
 * Plain WeChat asked for a page: a phone cannot scan the QR code on its own
 * screen, and the pages work in 企业微信 only. So it says where to open them, with
 * the address to take along: a long press marks all of it, without any script.
 */
export function OutsidePage({ link }: { link: string }) {
  return (
    <main class="page">
      <section class="panel problem" data-testid="not-in-wecom">
        <i class="mark warn" />
        <h1>请在企业微信里打开</h1>
        <p>这里是微信。长按复制下面的链接，发到企业微信，再从那里点开</p>
        <code class="link" data-testid="link">{link}</code>
      </section>
    </main>
  );
}
