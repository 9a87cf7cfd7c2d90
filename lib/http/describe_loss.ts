import type { Answer, Reply } from "./reply.ts";

/** In words, why there is no answer. The innermost error is the one that says something. */
export function describeLoss(reply: Exclude<Reply, Answer>, who: string): string {
  if (reply.kind === "timedOut") return `${who} did not answer within ${reply.timeout / 1000} s`;
  if (reply.kind === "garbled") return `The answer of ${who} cannot be used: ${reply.reason}`;
  let reason = reply.cause;
  while (reason instanceof Error && reason.cause instanceof Error) reason = reason.cause;
  return `The connection to ${who} failed: ${reason instanceof Error ? reason.message : String(reason)}`;
}
