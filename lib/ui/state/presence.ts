/** What groups there are besides the order's own. */
import type { At } from "./step.ts";

/** chatIds of groups that were made for the order besides its own. */
export function extraChats({ group, made }: At<"done">): string[] {
  const twins = group.twins?.map(({ chatId }) => chatId) ?? [];
  return made ? [...twins, made] : twins;
}
