/**
 * The name a group is created with. WeCom documents no limit for
 * openEnterpriseChat; 40 characters are what its join ways allow (doc 92229),
 * and what a phone shows anyway.
 */
const LONGEST = 40;
const SEGMENTER = new Intl.Segmenter("zh", { granularity: "grapheme" });

export interface NameParts {
  customerName: string;
  orderNo: string;
  storeName: string | null;
  designerName: string;
}

/** Fills `{customerName} {orderNo} {storeName} {designerName}`. */
export function groupName(template: string, parts: NameParts): string {
  const filled = template.replace(
    /\{(customerName|orderNo|storeName|designerName)\}/g,
    (_, key: keyof NameParts) => parts[key] ?? "",
  );
  const clean = filled.replace(/[\p{Cc}\p{Cf}]/gu, (mark) =>
    // The joiner inside an emoji is no stray mark.
    mark === "\u200d" ? mark : " ")
    .replace(/\s+/g, " ").trim();
  if (clean.length <= LONGEST) return clean;
  const characters = Array.from(
    SEGMENTER.segment(clean),
    ({ segment }) => segment,
  );
  return characters.slice(0, LONGEST).join("");
}
