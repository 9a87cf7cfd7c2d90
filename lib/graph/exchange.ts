import { type Redact, redactor } from "../http/redact.ts";
import type { Reply } from "../http/reply.ts";
import { send } from "../http/send.ts";
import { getToken, type GraphClient } from "./client.ts";
import type { GraphRequest } from "./photo_requests.ts";

/** A reply, and the token that was sent for it. */
export interface TokenReply {
  reply: Reply;
  token: string;
  /** Takes the token out of a text. */
  redact: Redact;
}

/** Sends a request once, by itself or with others; `undefined` when it was not sent, as the run ended before. */
export type SendRequest = (request: GraphRequest) => Promise<TokenReply | undefined>;

/**
 * Sends a request once, by itself. Deno may repeat a DELETE, unseen, whose answer a connection in use before lost, so
 * that a photo that this very request removed comes out as absent. A body would prevent it, but here is none.
 */
export async function sendDirectly(session: GraphClient, request: GraphRequest): Promise<TokenReply> {
  const token = await getToken(session);
  const { method, path, body, contentType, maxBytes } = request;
  const headers: Record<string, string> = { authorization: `Bearer ${token}` };
  if (contentType) headers["content-type"] = contentType;
  const url = `${session.cloud.graph}/v1.0${path}`;
  return {
    reply: await send(url, { method, headers, body }, { ...session, maxBytes }),
    token,
    redact: redactor([token]),
  };
}
