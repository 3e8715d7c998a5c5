/**
 * The one sender of the app's messages to members: a card (90236, textcard) that
 * says what to do and opens a page of ours. Title, text, address and button have
 * their lengths there; what is longer is cut here, before WeCom refuses it. Cards
 * stay in the chat for years and are forwarded, so no number of a customer's is in
 * one.
 */
import type { Config } from "../config/mod.ts";
import { hideNumbers } from "../contacts/phone.ts";
import { isSameUser } from "../staff/user_id.ts";
import { isCode, sendTextCard, type WecomClient } from "../wecom/mod.ts";
import { CODE } from "../wecom/codes/mod.ts";

const MOST_TITLE = 128;
const MOST_TEXT = 512;
const MOST_URL_BYTES = 2_048;
const MOST_BUTTON = 4;
/**
 * WeCom drops the same card within this time: a call that broke off may have
 * sent it, and is tried again.
 */
const AGAIN_SECONDS = 300;

export interface Card {
  /** A member, as WeCom spells the userid. */
  to: string;
  title: string;
  lines: readonly string[];
  /** Of a page of ours, from the slash on. */
  path: string;
  button?: string;
}

/** What became of it; a refusal of the whole app's is thrown. */
export type Delivery = "sent" | "out_of_scope" | "unlicensed";

export interface Cards {
  /** Throws what WeCom says, but for what concerns this member alone. */
  send(card: Card): Promise<Delivery>;
}

export function createCards({ wecom, config }: {
  wecom: WecomClient;
  config: Pick<Config, "publicOrigin" | "wecom">;
}): Cards {
  const { publicOrigin, wecom: { agentId } } = config;
  return {
    async send({ to, title, lines, path, button = "打开" }) {
      const card = {
        title: cut(plain(title), MOST_TITLE),
        description: described(lines),
        url: addressOf(publicOrigin, path),
        button: cut(button, MOST_BUTTON),
      };
      const input = { agentId, to: [to], card, againSeconds: AGAIN_SECONDS };
      try {
        const sent = await wecom.call(sendTextCard, input);
        const among = (ids: readonly string[]) =>
          ids.some((id) => isSameUser(id, to));
        if (among(sent.unlicensedWxUserIds)) return "unlicensed";
        return among(sent.invalidWxUserIds) ? "out_of_scope" : "sent";
      } catch (error) {
        if (isCode(error, CODE.RECEIVERS_INVALID)) return "out_of_scope";
        throw error;
      }
    },
  };
}

/** Each line a block of its own; what has no room is left out. */
function described(lines: readonly string[]): string {
  let text = "";
  for (const line of lines) {
    const [open, close] = ['<div class="normal">', "</div>"];
    const room = MOST_TEXT - text.length - open.length - close.length;
    if (room < 2) break;
    text += open + cut(plain(line), room) + close;
  }
  return text;
}

/** Throws for what leads away from us. */
function addressOf(origin: string, path: string): string {
  const url = new URL(path, origin);
  if (url.origin !== origin || url.href.length > MOST_URL_BYTES) {
    throw new Error("Cannot send the address of a card");
  }
  return url.href;
}

/** Without what WeCom takes for its tags. */
function plain(text: string): string {
  return hideNumbers(text).replaceAll("<", "＜").replaceAll(">", "＞")
    .replace(/[\p{Cc}\s]+/gu, " ").trim();
}

/** By UTF-16, as nobody says what a character is; never through one. */
function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const kept = text.slice(0, most - 1);
  return `${kept.isWellFormed() ? kept : kept.slice(0, -1)}…`;
}
