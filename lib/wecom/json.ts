/**
 * JSON as WeCom really sends it. Nicknames are any characters, and gateways of
 * WeChat have been seen to put a control character into a text as it is, which
 * JSON forbids: one such name would spoil the whole page for a strict parser.
 */

/** The value; undefined when it is no JSON even after it was mended. */
export function parseJson(text: string): unknown {
  return parsed(text) ?? parsed(mended(text));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BLANK = 0x20;

/** Escapes what must not stand in a text as it is; one pass, whatever is in it. */
function mended(text: string): string {
  const pieces: string[] = [];
  let kept = 0;
  let inside = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) inside = !inside;
    else if (!inside) continue;
    else if (code === BACKSLASH) {
      if (isEscape(text, at + 1)) at++;
      else replace(at, "\\\\");
    } else if (code < BLANK) {
      replace(at, `\\u${code.toString(16).padStart(4, "0")}`);
    }
  }
  return pieces.join("") + text.slice(kept);

  function replace(at: number, by: string): void {
    pieces.push(text.slice(kept, at), by);
    kept = at + 1;
  }
}

/** Does what stands after a backslash make an escape of it? */
function isEscape(text: string, at: number): boolean {
  const letter = text.charAt(at);
  return letter === "u"
    ? /^[0-9a-f]{4}$/i.test(text.slice(at + 1, at + 5))
    : letter !== "" && '"\\/bfnrt'.includes(letter);
}
