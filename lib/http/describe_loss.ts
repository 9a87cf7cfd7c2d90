import type { Reply } from "./send.ts";

/** In words, why no answer came. The innermost error is the one that says something. */
export function describeLoss(reply: Exclude<Reply, { kind: "answer" }>, who: string): string {
  if (reply.kind === "timedOut") return `${who} did not answer within ${reply.timeout / 1000} s`;
  let reason = reply.cause;
  while (reason instanceof Error && reason.cause instanceof Error) reason = reason.cause;
  return `The connection to ${who} failed: ${reason instanceof Error ? reason.message : String(reason)}`;
}
