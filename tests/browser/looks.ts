/** How pages are looked at: on a phone and on a desk, in light and in dark. */
export interface Look {
  name: string;
  size: { width: number; height: number };
  colorScheme: "light" | "dark";
}

const PHONE = { width: 390, height: 844 };
const DESK = { width: 1280, height: 800 };

export const LOOKS: readonly Look[] = [
  { name: "phone-light", size: PHONE, colorScheme: "light" },
  { name: "phone-dark", size: PHONE, colorScheme: "dark" },
  { name: "desk-light", size: DESK, colorScheme: "light" },
  { name: "desk-dark", size: DESK, colorScheme: "dark" },
];
