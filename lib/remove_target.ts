import type { BackupStore } from "./backup/backup_store.ts";
import { CredentialError } from "./errors.ts";
import { getToken, type GraphClient } from "./graph/client.ts";
import { type GraphRequest, photoRequests } from "./graph/photo_requests.ts";
import { type GraphOutcome, requestWithRetries, type Transport } from "./graph/request_with_retries.ts";
import { type OutcomeResult, outcomeResult, type RemovalResult } from "./result.ts";
import { isGuid, type Target } from "./target.ts";

/** Optional steps before and after the removal. */
export interface RemovalSteps {
  /** Look, and change nothing. */
  whatIf?: boolean;
  /** Where to save the photo first. */
  backup?: BackupStore;
  /** Whether to look again afterwards. */
  verify?: boolean;
  /** What messages of Graph's errors begin with. Default: nothing, as a result names its target. */
  subject?: string;
}

type Succeeded = Extract<GraphOutcome, { kind: "succeeded" }>;

/**
 * Returns the object id of the signed-in user, in lower case; `undefined` if the token does not tell it.
 *
 * @throws {CredentialError} If the token belongs to an app, for which Graph has no `/me`. Nothing is sent to Graph.
 */
export async function signedInUser(client: GraphClient): Promise<string | undefined> {
  const { decodeClaims } = await import("./auth/token_claims.ts");
  const claims = decodeClaims(await getToken(client));
  const id = claims?.objectId ?? "";
  if (claims?.kind !== "application") return isGuid(id) ? id.toLowerCase() : undefined;
  const { explainAccess } = await import("./permissions.ts");
  const message = "`me` needs a signed-in user, but this token belongs to an app";
  throw new CredentialError("DelegatedTokenRequired", message, { hint: explainAccess("me", claims).reason });
}

/**
 * Removes one photo, with the optional steps.
 *
 * @throws {GraphError | CredentialError | BackupError} If it cannot be removed.
 */
export async function removeTarget(
  target: Target,
  client: GraphClient,
  transport: Transport,
  { whatIf, backup: store, verify, subject }: RemovalSteps,
): Promise<RemovalResult | OutcomeResult<"notAttempted", null>> {
  const { clock } = client;
  const startedAt = clock.now();
  const perform = async (request: GraphRequest): Promise<Succeeded | undefined> => {
    const outcome = await requestWithRetries(request, client, transport, subject);
    if (outcome.kind === "failed") throw outcome.error;
    return outcome.kind === "succeeded" ? outcome : undefined;
  };
  const toResult = <O extends string>(outcome: O, { success, attempts }: Succeeded) => {
    const { status, graphCode, requestId } = success;
    return outcomeResult(target, outcome, status, {
      graphCode,
      requestId,
      attempts,
      durationMs: clock.now() - startedAt,
    });
  };
  const notAttempted = () => outcomeResult(target, "notAttempted", null);

  const userId = target === "me" ? await signedInUser(client) : undefined;
  if (whatIf) {
    const metadata = await perform(photoRequests.getMetadata(target));
    if (!metadata) return notAttempted();
    return metadata.success.absent ? toResult("absent", metadata) : toResult("planned", metadata);
  }
  let backup: string | null = null;
  if (store) {
    const download = await perform(photoRequests.download(target));
    if (!download) return notAttempted();
    if (download.success.absent) return toResult("absent", download);
    const { savePhoto } = await import("./backup/save_photo.ts");
    backup = await savePhoto({ target, userId }, download.response, store, clock.now());
  }
  const removal = await perform(photoRequests.delete(target));
  if (!removal) return notAttempted();
  const result = removal.success.absent ? toResult("absent", removal) : toResult("removed", removal);
  const verified = verify ? await showsNoPhoto(target, client, transport) : null;
  return Object.assign(result, { backup, verified });
}

/**
 * Returns whether Graph shows no photo; `null` if it could not be asked. Best effort: a stale cache or a failed check
 * does not change the outcome of the removal.
 */
async function showsNoPhoto(
  target: Target,
  client: GraphClient,
  transport: Transport,
): Promise<boolean | null> {
  try {
    const check = await requestWithRetries(photoRequests.getMetadata(target), client, transport);
    return check.kind === "succeeded" ? check.success.absent : null;
  } catch (error) {
    if (error instanceof CredentialError) return null;
    throw error;
  }
}
