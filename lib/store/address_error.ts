/** What is wrong with an address; the message is one for `DATABASE_URL …`. */
export class AddressError extends Error {
  override readonly name = "AddressError";
}
