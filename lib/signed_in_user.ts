import { decodeClaims } from "./auth/token_claims.ts";
import { CredentialError } from "./errors.ts";
import { getToken, type GraphClient } from "./graph/client.ts";
import { jsonOf } from "./graph/interpret_reply.ts";
import { photoRequests } from "./graph/photo_requests.ts";
import { requestWithRetries, type Transport } from "./graph/request_with_retries.ts";
import { isGuid } from "./target.ts";

/**
 * Returns the object id of the signed-in user as the token tells it, in lower case; `undefined` if it does not.
 *
 * @throws {CredentialError} If the token belongs to an app, for which Graph has no `/me`. Nothing is sent to Graph.
 */
export async function userOfToken(client: GraphClient): Promise<string | undefined> {
  const claims = decodeClaims(await getToken(client));
  if (claims?.kind !== "application") return toObjectId(claims?.objectId);
  const message = "`me` needs a signed-in user, but this token belongs to an app";
  const hint = "Name the user instead of me, or use a delegated token.";
  throw new CredentialError("DelegatedTokenRequired", message, { hint });
}

/** For each client, whom Graph calls its signed-in user. */
const ASKED = new WeakMap<GraphClient, Promise<string | undefined>>();

/**
 * Returns the object id of the signed-in user, in lower case. Asks Graph once if the token does not tell; `undefined` if
 * Graph does not tell either.
 *
 * @throws {CredentialError} If the token belongs to an app, for which Graph has no `/me`. Nothing is sent to Graph.
 * @see https://learn.microsoft.com/graph/api/user-get
 */
export async function signedInUser(client: GraphClient, transport: Transport): Promise<string | undefined> {
  const user = await userOfToken(client);
  if (user !== undefined) return user;
  const asked = ASKED.get(client) ?? askGraph(client, transport);
  ASKED.set(client, asked);
  return await asked;
}

async function askGraph(client: GraphClient, transport: Transport): Promise<string | undefined> {
  const outcome = await requestWithRetries(photoRequests.checkExistence("me"), client, transport);
  return outcome.kind === "succeeded" ? toObjectId(jsonOf(outcome.response)?.id) : undefined;
}

/** Returns an object id in lower case. Graph shortens that of a personal account, which tokens have in full. */
function toObjectId(id: unknown): string | undefined {
  if (typeof id !== "string") return undefined;
  const full = /^[0-9a-f]{16}$/i.test(id) ? `00000000-0000-0000-${id.slice(0, 4)}-${id.slice(4)}` : id;
  return isGuid(full) ? full.toLowerCase() : undefined;
}
