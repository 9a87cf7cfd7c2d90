import type { BackupStore } from "./backup/backup_store.ts";
import { CredentialError, GraphError, type GraphErrorCode, type GraphErrorInit } from "./errors.ts";
import type { GraphClient } from "./graph/client.ts";
import { HINTS } from "./graph/error_codes.ts";
import type { Room } from "./graph/photo_budget.ts";
import { type GraphRequest, photoRequests } from "./graph/photo_requests.ts";
import {
  type GraphOutcome,
  requestWithRetries,
  type Succeeded,
  type Transport,
} from "./graph/request_with_retries.ts";
import { isSuccess } from "./http/send.ts";
import { type OutcomeResult, outcomeResult, type RemovalResult } from "./result.ts";
import { type Target, toKindAndId } from "./target.ts";

/** Optional steps before and after the removal. */
export interface RemovalSteps {
  /** Look, and change nothing. */
  whatIf?: boolean;
  /** Where to save the photo first. */
  backup?: BackupStore;
  /** Whether to look again afterwards. */
  verify?: boolean;
  /** Called with `whatIf` and what Graph answered, if there is a photo. */
  onFound?: (found: Succeeded) => Promise<void>;
  /** What messages of Graph's errors begin with. Default: nothing, as a result names its target. */
  subject?: string;
}

/** Codes that can also mean that nobody has this name. */
const MAY_BE_UNKNOWN: ReadonlySet<GraphErrorCode> = new Set(["NotFound", "MailboxNotFound"]);

/**
 * Removes one photo, with the optional steps.
 *
 * @throws {GraphError | CredentialError | BackupError} If it cannot be removed.
 */
export async function removeTarget(
  target: Target,
  client: GraphClient,
  transport: Transport,
  { whatIf, onFound, backup: store, verify, subject }: RemovalSteps,
): Promise<RemovalResult | OutcomeResult<"notAttempted", null>> {
  const { clock } = client;
  const startedAt = clock.monotonicNow();
  const send = (request: GraphRequest) => requestWithRetries(request, client, transport, subject);
  const perform = async (outcome: GraphOutcome): Promise<Succeeded | undefined> => {
    if (outcome.kind === "succeeded") return outcome;
    if (outcome.kind === "notSent") return undefined;
    const { error } = outcome;
    const mayBeUnknown = error.status === 404 && MAY_BE_UNKNOWN.has(error.code);
    if (mayBeUnknown && await targetExists(target, client, transport) === false) throw unknownTarget(error);
    throw error;
  };
  const toResult = <O extends string>(
    outcome: O,
    { success, attempts }: Succeeded,
    existence: true | null,
  ) => {
    const { status, graphCode, requestId, presumed } = success;
    const durationMs = clock.monotonicNow() - startedAt;
    return outcomeResult(target, outcome, status, {
      ...{ graphCode, requestId, attempts, durationMs, presumed, existence },
    });
  };
  /** Asks whether the target exists, because "no photo" can also mean that it does not. */
  const confirmExistence = async ({ success, attempts }: Succeeded): Promise<true | null> => {
    const existence = await targetExists(target, client, transport);
    if (existence !== false) return existence;
    const { status, graphCode, requestId } = success;
    const { kind } = toKindAndId(target);
    const message = `${subject ?? ""}Graph answered ${status} ${graphCode}, and knows no such ${kind}`;
    throw unknownTarget({ message, status, graphCode, requestId, clientRequestId: null, attempts });
  };
  const absent = async (found: Succeeded) =>
    // a placeholder of 1 × 1 is of somebody
    toResult("absent", found, found.success.status === 404 ? await confirmExistence(found) : true);
  const notAttempted = () => outcomeResult(target, "notAttempted", null);

  let userId: string | undefined;
  if (target === "me") {
    const { signedInUser, userOfToken } = await import("./signed_in_user.ts");
    userId = await (store && !whatIf ? signedInUser(client, transport) : userOfToken(client));
  }
  if (whatIf) {
    const seen = await perform(await look(target, send));
    if (!seen) return notAttempted();
    if (seen.success.absent) return await absent(seen);
    await onFound?.(seen);
    return toResult("planned", seen, null);
  }
  let backup: string | null = null;
  if (store) {
    const request = photoRequests.download(target);
    const saved = await downloadWithinBudget(request, client, transport, subject, async (outcome) => {
      const download = await perform(outcome);
      if (!download || download.success.absent) return download;
      const { savePhoto } = await import("./backup/save_photo.ts");
      return await savePhoto({ target, userId }, download.response, store, clock.now(), "removed");
    });
    if (!saved) return notAttempted();
    if (typeof saved !== "string") return await absent(saved);
    backup = saved;
  }
  const outcome = await send(photoRequests.delete(target));
  const removal = await perform(await settleUnexpected(outcome, target, send));
  if (!removal) return notAttempted();
  const result = removal.success.absent
    ? await absent(removal)
    : toResult("removed", removal, removal.success.presumed ? await confirmExistence(removal) : null);
  if (!verify) return Object.assign(result, { backup });
  const { verified, verifyError } = await showsNoPhoto(target, client, send);
  if (result.outcome === "absent" && verified === false) {
    throw new GraphError({
      ...{
        code: "UnexpectedAnswer",
        hint: "Try again later, or remove it in another way.",
        clientRequestId: null,
      },
      message: `${subject ?? ""}Graph answered ${result.status} ${result.graphCode}, but still shows a photo`,
      ...{ status: result.status, graphCode: result.graphCode, requestId: result.requestId },
      attempts: result.attempts,
    });
  }
  return Object.assign(result, { backup, verified, verifyError });
}

/** The largest photo that is read in a batch, in bytes: there it takes several times its size, as base64 in JSON. */
const LARGEST_IN_BATCH = 2 ** 20;

/**
 * Downloads a photo and does something with it, as soon as the memory that photos may take allows it.
 *
 * @param size The most that it takes, in bytes. Default: as much as recent downloads suggest.
 */
export async function downloadWithinBudget<T>(
  request: GraphRequest,
  client: GraphClient,
  transport: Transport,
  subject: string | undefined,
  use: (outcome: GraphOutcome) => T | Promise<T>,
  size?: number,
): Promise<T> {
  let room: Room | undefined;
  const limited: Transport = {
    async send(request) {
      room?.[Symbol.dispose](); // it is sent again, with another token
      room = await client.photoBudget.take(size);
      const sent = await transport.send({ ...request, alone: request.alone || room.size > LARGEST_IN_BATCH });
      if (size === undefined && sent?.reply.kind === "response" && isSuccess(sent.reply)) {
        client.photoBudget.onDownloaded(sizeOf(sent.reply.body));
      }
      return sent;
    },
    waitForRetry(retry, target) {
      room?.[Symbol.dispose]();
      return transport.waitForRetry(retry, target);
    },
  };
  try {
    return await use(await requestWithRetries(request, client, limited, subject));
  } finally {
    room?.[Symbol.dispose]();
  }
}

/** Returns the size of a photo in bytes, which arrives as base64 in a batch. */
function sizeOf(body: unknown): number {
  if (body instanceof Uint8Array) return body.length;
  return typeof body === "string" ? body.length * 3 / 4 : 0;
}

/** Sends a request, with retries. */
export type Send = (request: GraphRequest) => Promise<GraphOutcome>;

/** Looks whether there is a photo. Graph has no metadata for personal accounts: the photo itself is read there. */
export async function look(target: Target, send: Send): Promise<GraphOutcome> {
  const outcome = await send(photoRequests.getMetadata(target));
  return outcome.kind === "failed" && outcome.error.code === "PersonalAccountNotSupported"
    ? await send(photoRequests.download(target))
    : outcome;
}

/** Looks at the photo after an answer that does not say whether it was removed: if it is gone, it was. */
async function settleUnexpected(outcome: GraphOutcome, target: Target, send: Send): Promise<GraphOutcome> {
  if (outcome.kind !== "failed" || outcome.error.code !== "UnexpectedAnswer") return outcome;
  const seen = await look(target, send);
  if (seen.kind !== "succeeded" || !seen.success.absent) return outcome;
  return {
    ...seen,
    success: { ...seen.success, absent: false, presumed: true },
    attempts: outcome.error.attempts,
  };
}

/** Makes the error of a user or group that does not exist. */
export function unknownTarget(facts: Omit<GraphErrorInit, "code" | "hint">): GraphError {
  const { message, status, graphCode, requestId, clientRequestId, attempts } = facts;
  return new GraphError({
    ...{ code: "TargetNotFound", hint: HINTS.TargetNotFound ?? null },
    ...{ message, status, graphCode, requestId, clientRequestId, attempts },
  });
}

/**
 * Returns whether a user or group exists; `null` if the token may not read that, or Graph could not be asked. The first
 * question for each kind of target goes alone: if the token may not ask, nobody else does.
 */
export async function targetExists(
  target: Target,
  client: GraphClient,
  transport: Transport,
): Promise<boolean | null> {
  if (target === "me") return true;
  const { kind } = toKindAndId(target);
  const mayRead = client.mayReadTargets[kind];
  if (mayRead && !await mayRead) return null;
  const asking = requestWithRetries(photoRequests.checkExistence(target), client, transport);
  client.mayReadTargets[kind] ??= asking.then(
    (outcome) => outcome.kind !== "failed" || outcome.error.code !== "AccessDenied",
    () => true, // the run ends with that error
  );
  const outcome = await asking;
  if (outcome.kind === "succeeded") return true;
  return outcome.kind === "failed" && outcome.error.code === "TargetNotFound" ? false : null;
}

/**
 * Checks that Graph shows no photo. Best effort: a check that fails or is aborted does not change the outcome of the
 * removal.
 */
async function showsNoPhoto(
  target: Target,
  { signal }: GraphClient,
  send: Send,
): Promise<{ verified: boolean | null; verifyError: GraphError | CredentialError | null }> {
  try {
    const seen = await look(target, send);
    if (seen.kind === "succeeded") return { verified: seen.success.absent, verifyError: null };
    return { verified: null, verifyError: seen.kind === "failed" ? seen.error : null };
  } catch (error) {
    if (error instanceof CredentialError) return { verified: null, verifyError: error };
    if (signal?.aborted) return { verified: null, verifyError: null };
    throw error;
  }
}
