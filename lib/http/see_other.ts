/** After a form: what it asked for is at this path of ours. */
export function seeOther(location: string): Response {
  return new Response(null, { status: 303, headers: { location } });
}
