/**
 * Faults to plant, to show that the harness catches what it is for. Each is a
 * mistake that reviews have let through elsewhere: text of one module and what
 * to put in its place.
 */
export interface Plant {
  name: string;
  /** Path from the root of the project. */
  module: string;
  changes: readonly [sound: string, faulty: string][];
}

export const PLANTS: readonly Plant[] = [
  {
    // The client's word is taken for it: whatever chat it names is bound.
    name: "record-without-verifying",
    module: "lib/groups/verify.ts",
    changes: [[
      "const ours = new Set",
      "if (chat.chatId) return null;\n  const ours = new Set",
    ]],
  },
  {
    // Every page deletes what it does not list.
    name: "delete-from-incomplete-listing",
    module: "lib/contacts/sync.ts",
    changes: [["if (!last) return true;", ""]],
  },
  {
    // A group that was made but not reported is not looked for.
    name: "no-recovery",
    module: "lib/groups/discover.ts",
    changes: [[
      "async fitting({",
      "async fitting(wanted) {\n      return await Promise.resolve(wanted ? [] : []);\n    },\n\n    async unused({",
    ]],
  },
];

export function plantNamed(name: string): Plant {
  const plant = PLANTS.find((one) => one.name === name);
  if (!plant) {
    const names = PLANTS.map((one) => one.name).join(", ");
    throw new Error(`Cannot plant ${name}: there are ${names}`);
  }
  return plant;
}
