import type { HttpResponse, Reply } from "./reply.ts";

/** The innermost error is the one that says something. */
function reasonOf(cause: unknown): string {
  let reason = cause;
  while (reason instanceof Error && reason.cause instanceof Error) reason = reason.cause;
  const message = reason instanceof Error ? reason.message : String(reason);
  return message.split(". For more information, pass")[0]!; // Bun goes on with advice for programmers
}

/** How TLS libraries say that a certificate is not vouched for by anybody whom this machine trusts. */
const UNTRUSTED = /UnknownIssuer|self.signed certificate|unable to (verify|get) .*certificate/i;

/** Whether the connection broke as the certificate is not trusted, as behind a proxy that inspects TLS. */
export function isUntrusted(reply: Reply): boolean {
  return reply.kind === "disconnected" && UNTRUSTED.test(reasonOf(reply.cause));
}

/** What to do where a certificate is not trusted. */
export const TRUST_HINT =
  "A proxy that inspects TLS may stand in between. Trust the certificates of the system by DENO_TLS_CA_STORE=system, or " +
  "name its CA's (a PEM file) in DENO_CERT; where Bun runs this, by NODE_USE_SYSTEM_CA=1, or in NODE_EXTRA_CA_CERTS.";

/** In words, why there is no answer. */
export function describeConnectionError(reply: Exclude<Reply, HttpResponse>, who: string): string {
  if (reply.kind === "timedOut") return `${who} did not answer within ${reply.timeout / 1000} s`;
  if (reply.kind === "malformed") return `The answer of ${who} cannot be used: ${reply.reason}`;
  const why = isUntrusted(reply) ? ", as its certificate is not trusted" : "";
  return `The connection to ${who} failed${why}: ${reasonOf(reply.cause)}`;
}
