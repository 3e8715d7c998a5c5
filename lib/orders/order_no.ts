/**
 * The number of an order as it is kept and shown. People type a customer's number
 * in its place, which must not show; an order's own digits are what it is found by,
 * so nothing is hidden that only resembles one.
 */

/**
 * Eleven digits by themselves, or 3-4-4 with the same blank between. A letter or a
 * digit beside them makes them a part of something longer; Chinese does not, since
 * it is written without blanks. Behind +86 they are a number in any case.
 */
const MOBILE =
  /(?:\+86[\s-]?|(?<![A-Za-z0-9]))1[3-9]\d(?:\d{8}|(\s)\d{4}\1\d{4})(?![A-Za-z0-9])/g;

/** The same, with 138****8000 for what is a mobile number. */
export function hideInOrderNo(orderNo: string): string {
  return orderNo.replace(MOBILE, (number) => {
    const digits = number.replace(/\D/g, "").slice(-11);
    return `${digits.slice(0, 3)}****${digits.slice(-4)}`;
  });
}
