import { decodeClaims } from "./auth/claims.ts";
import { CredentialError, type ErrorCode, GraphError } from "./errors.ts";
import { type History, judge } from "./graph/judge.ts";
import { send } from "./http/send.ts";
import { explainAccess, explainRefusal } from "./permissions.ts";
import { getToken, type GraphOptions, openSession, type Session } from "./session.ts";
import { parseTarget, photoPath, type Target, targetId, targetKind } from "./target.ts";

/** How to remove one photo. */
export interface RemoveOptions extends GraphOptions {
  /** Only look: read whether there is a photo, and remove nothing. Default: false. */
  whatIf?: boolean;
}

/**
 * What became of one target:
 *
 * - `removed`: its photo was removed;
 * - `absent`: it had none;
 * - `planned`: it has one, and `whatIf` kept it;
 * - and of many: `declined` when asked, `failed`, or `notAttempted` as the run ended before.
 */
export type Outcome = "removed" | "absent" | "planned" | "declined" | "failed" | "notAttempted";

/** The outcome of one target, and what is known about it. */
export interface RemovalResult {
  /** The target as it was given. */
  target: Target;
  /** What became of it. */
  outcome: Outcome;
  /** HTTP status of the last answer, or `null`. */
  status: number | null;
  /** Why it failed, or `null`. */
  code: ErrorCode | null;
  /** Why it failed, in words, or `null`. */
  message: string | null;
  /** What to do about the failure, or `null`. */
  hint: string | null;
  /** Graph's own error code, or `null`. */
  graphCode: string | null;
  /** Graph's `request-id` of the last answer, or `null`. */
  requestId: string | null;
  /** How often the request was sent. */
  attempts: number;
  /** Milliseconds from the first attempt to the outcome, waits included. */
  durationMs: number;
}

/** A result with nothing in it but the outcome. */
export function emptyResult(target: Target, outcome: Outcome): RemovalResult {
  return {
    target,
    outcome,
    status: null,
    code: null,
    message: null,
    hint: null,
    graphCode: null,
    requestId: null,
    attempts: 0,
    durationMs: 0,
  };
}

/** A target in words. */
function describe(target: Target): string {
  return target === "me" ? "the signed-in user" : `${targetKind(target)} ${targetId(target)}`;
}

/** A token that may ask for this target at all: /me has no meaning for an app's own. */
async function tokenFor(session: Session, target: Target): Promise<string> {
  const token = await getToken(session);
  const claims = target === "me" ? decodeClaims(token) : null;
  if (claims?.kind === "application") {
    throw new CredentialError(
      "DelegatedTokenRequired",
      "Cannot remove the photo of the signed-in user as nobody is signed in",
      {
        hint: explainAccess("me", claims).reason,
      },
    );
  }
  return token;
}

/** Removes one photo, or looks for it, in as many attempts as it takes. */
export async function removeOne(target: Target, session: Session, whatIf: boolean): Promise<RemovalResult> {
  const { clock, cloud, signal } = session;
  const url = `${cloud.graph}/v1.0${photoPath(target)}${whatIf ? "" : "/$value"}`;
  const startedAt = clock.now();
  const history: History = { attempts: 0, ambiguous: false, renewed: false };
  let token = await tokenFor(session, target);
  for (;;) {
    const reply = await send(url, {
      method: whatIf ? "GET" : "DELETE",
      headers: { authorization: `Bearer ${token}` },
    }, { ...session, secrets: [token] });
    history.attempts++;
    let verdict = judge(reply, history, session.retry, clock);
    if (verdict.next === "renewToken") {
      history.renewed = true;
      const fresh = await getToken(session, { claims: verdict.claims, refusedToken: token });
      if (fresh !== token) {
        token = fresh;
        continue;
      }
      verdict = judge(reply, history, session.retry, clock); // there is no other token to try
    }
    switch (verdict.next) {
      case "done": {
        const { status, graphCode, requestId } = verdict;
        const outcome = verdict.absent ? "absent" : whatIf ? "planned" : "removed";
        const { attempts } = history;
        const durationMs = clock.now() - startedAt;
        return { ...emptyResult(target, outcome), status, graphCode, requestId, attempts, durationMs };
      }
      case "wait":
        history.ambiguous ||= verdict.ambiguous && !whatIf;
        await clock.sleep(verdict.delay, signal);
        token = await getToken(session); // the wait can outlive the token
        break;
      case "fail": {
        const { failure } = verdict;
        const refused = failure.code === "AccessDenied" || failure.code === "TokenRefused";
        throw new GraphError({
          ...failure,
          message: `Cannot remove the photo of ${describe(target)}: ${failure.message}`,
          hint: refused ? explainRefusal(targetKind(target), decodeClaims(token)) : failure.hint,
        });
      }
    }
  }
}

/**
 * Removes the profile photo of the signed-in user, a user or a group. Removing one that is not there is no error,
 * so that repeating is safe; a user or group that does not exist is.
 *
 * Teams, Outlook and SharePoint can show a photo for hours after its removal, from their caches.
 *
 * @example Remove a user's photo
 * ```ts
 * import { removeProfilePhoto } from "@graph-admin/remove-profile-photo";
 * import { startEmulator } from "@graph-admin/remove-profile-photo/emulator";
 *
 * await using tenant = await startEmulator(); // a tenant to try it on
 * const { outcome } = await removeProfilePhoto({ user: "alex@contoso.com" }, {
 *   credential: await tenant.issueToken(), // default: environmentCredential()
 *   cloud: tenant.cloud, // default: "global"
 * });
 * console.log(outcome); // "removed", or "absent" where there was none
 * ```
 *
 * @param target "me", `{ user: id or userPrincipalName }` or `{ group: id }`.
 * @param options Credential, cloud, what-if, signal, time-out, retry, fetch.
 * @returns The outcome: `removed`, `absent` or `planned`.
 * @throws {GraphError} If Graph refuses, or cannot be reached within the attempts allowed.
 * @throws {CredentialError} If there is no usable credential, or the sign-in is refused.
 * @throws {TypeError | RangeError} If the target or an option cannot be what it should be.
 * @see https://learn.microsoft.com/graph/api/profilephoto-delete
 */
export async function removeProfilePhoto(
  target: Target,
  options: RemoveOptions = {},
): Promise<RemovalResult> {
  const checked = parseTarget(target);
  return await removeOne(checked, openSession(options), options.whatIf ?? false);
}
