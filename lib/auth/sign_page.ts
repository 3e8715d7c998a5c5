/**
 * Signatures only for our own pages: whoever could have any address signed
 * could run the company's JS-SDK elsewhere.
 */
import { AppError } from "../http/errors.ts";
import type { PageSignatures, WecomClient } from "../wecom/mod.ts";

const LONGEST = 2_048;

/** Throws VALIDATION_FAILED for an address of another origin. */
export async function signOwnPage(
  { config, wecom }: {
    config: { publicOrigin: string };
    wecom: Pick<WecomClient, "sign">;
  },
  url: string | null,
): Promise<PageSignatures> {
  const ours = url !== null && url.length <= LONGEST && URL.canParse(url) &&
    new URL(url).origin === config.publicOrigin;
  if (!ours) {
    throw new AppError("VALIDATION_FAILED", {
      msg: "只能为本站页面签名",
      details: [{ path: "url", message: "is not an address of this site" }],
    });
  }
  return await wecom.sign(url);
}
