import type { BackupStore } from "./backup/backup_store.ts";
import { CredentialError, GraphError } from "./errors.ts";
import { type GraphRequest, photoRequests } from "./graph/photo_requests.ts";
import { type GraphOutcome, requestWithRetries, type Transport } from "./graph/request_with_retries.ts";
import { emptyResult, type Outcome, type RemovalResult } from "./result.ts";
import { getToken, type GraphClient } from "./graph/client.ts";
import { isGuid, type Target, targetKind } from "./target.ts";

/** What is done beside the removal. */
export interface RemovalSteps {
  /** Look, and change nothing. */
  whatIf: boolean;
  /** Save the photo first. */
  backup?: BackupStore;
  /** Look again afterwards. */
  verify: boolean;
}

/** A target that was not begun after all, as the run ended before. */
export class NotSent extends Error {}

type Success = Extract<GraphOutcome, { done: unknown }>;

/**
 * The object id of the signed-in user, where the token tells.
 *
 * @throws {CredentialError} If nobody is signed in: /me has no meaning for an app's own token, which is said before
 * anything is sent.
 */
export async function signedInUser(session: GraphClient): Promise<string | undefined> {
  const { decodeClaims } = await import("./auth/token_claims.ts");
  const claims = decodeClaims(await getToken(session));
  const id = claims?.objectId ?? "";
  if (claims?.kind !== "application") return isGuid(id) ? id.toLowerCase() : undefined;
  const { explainAccess } = await import("./permissions.ts");
  const message = "Nobody is signed in, so that there is no photo of the signed-in user";
  throw new CredentialError("DelegatedTokenRequired", message, { hint: explainAccess("me", claims).reason });
}

/**
 * Removes one photo, with what is to be done before and after.
 *
 * @throws {GraphError | CredentialError | BackupError} If it cannot be removed.
 */
export async function removeTarget(
  target: Target,
  session: GraphClient,
  lane: Transport,
  steps: RemovalSteps,
): Promise<RemovalResult> {
  const startedAt = session.clock.now();
  const ended = (outcome: Outcome, { done, attempts }: Success): RemovalResult => {
    const { status, graphCode, requestId } = done;
    const durationMs = session.clock.now() - startedAt;
    return { ...emptyResult(target, outcome), status, graphCode, requestId, attempts, durationMs };
  };
  const done = async (request: GraphRequest): Promise<Success> => {
    const settled = await requestWithRetries(request, targetKind(target), session, lane);
    if ("done" in settled) return settled;
    if ("unsent" in settled) throw new NotSent();
    throw new GraphError(settled.failure);
  };

  const userId = target === "me" ? await signedInUser(session) : undefined;
  if (steps.whatIf) {
    const look = await done(photoRequests.getMetadata(target));
    return ended(look.done.absent ? "absent" : "planned", look);
  }
  let backup: string | null = null;
  if (steps.backup) {
    const read = await done(photoRequests.download(target));
    if (read.done.absent) return ended("absent", read);
    const { savePhoto } = await import("./backup/save_photo.ts");
    backup = await savePhoto({ target, userId }, read.answer, steps.backup, session.clock.now());
  }
  const removal = await done(photoRequests.delete(target));
  const outcome = removal.done.absent ? "absent" : "removed";
  if (!steps.verify) return Object.assign(ended(outcome, removal), { backup });
  // A cache may lag behind, and a failure to look, or to sign in for it, says nothing about the removal.
  const seen = await requestWithRetries(photoRequests.getMetadata(target), targetKind(target), session, lane)
    .catch((error) => {
      if (!(error instanceof CredentialError)) throw error;
    });
  const verified = seen && "done" in seen ? seen.done.absent : null;
  return Object.assign(ended(outcome, removal), { backup, verified });
}
