import type { HttpResponse, Reply } from "./send.ts";

/** Returns the message of the innermost cause, which is the most specific one. */
function reasonOf(cause: unknown): string {
  let reason = cause;
  while (reason instanceof Error && reason.cause instanceof Error) reason = reason.cause;
  const message = reason instanceof Error ? reason.message : String(reason);
  return message.split(". For more information, pass")[0]!; // Bun appends advice for programmers
}

/** TLS libraries' messages for an untrusted certificate. */
const UNTRUSTED = /UnknownIssuer|self.signed certificate|unable to (verify|get) .*certificate/i;

/** Whether the connection failed because the certificate is not trusted, as behind a proxy that inspects TLS. */
export function isUntrusted(reply: Reply): boolean {
  return reply.kind === "disconnected" && UNTRUSTED.test(reasonOf(reply.cause));
}

/** What to do if a certificate is not trusted. */
export const TRUST_HINT =
  "A proxy may be inspecting TLS. Set DENO_TLS_CA_STORE=system, or DENO_CERT to a PEM file of the proxy's CA; " +
  "under Bun, NODE_USE_SYSTEM_CA=1 or NODE_EXTRA_CA_CERTS.";

/** Returns a message that says why there is no usable response; `who` is the server in words. */
export function describeConnectionError(reply: Exclude<Reply, HttpResponse>, who: string): string {
  if (reply.kind === "timedOut") return `${who} did not answer within ${reply.timeout / 1000} s`;
  if (reply.kind === "malformed") return `The response from ${who} cannot be used: ${reply.reason}`;
  const why = isUntrusted(reply) ? " because its certificate is not trusted" : "";
  return `The connection to ${who} failed${why}: ${reasonOf(reply.cause)}`;
}
