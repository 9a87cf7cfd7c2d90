import { type BackupError, type CredentialError, GraphError, ProfilePhotoError } from "./errors.ts";
import type { ErrorCode } from "./errors.ts";
import { explainNotFound, type InvalidTarget, type Target, type TargetKind, toKindAndId } from "./target.ts";

/**
 * The outcome for one target:
 *
 * - `removed`: its photo was removed;
 * - `absent`: it had no photo;
 * - `planned`: with `whatIf`, it has a photo that would be removed, or a saved one that would be put back;
 * - `restored`: its photo was put back;
 * - `kept`: its photo was not put back, as it has one now;
 * - `declined`: `confirm` answered no;
 * - `failed`: see `code` and `error`;
 * - `notAttempted`: the run ended before this target was reached.
 */
export type Outcome =
  | "removed"
  | "absent"
  | "planned"
  | "restored"
  | "kept"
  | "declined"
  | "failed"
  | "notAttempted";

/** A target that did not fail. */
export interface OutcomeResult<O extends string, S extends number | null = number> {
  /** The target as it was given. */
  target: Target;
  /** The outcome. */
  outcome: O;
  /** HTTP status of the last response; `null` if nothing was sent. */
  status: S;
  /** `null`: no failure. */
  code: null;
  /** `null`: no failure. */
  message: null;
  /** `null`: no failure. */
  hint: null;
  /** `null`: no failure. */
  error: null;
  /** Graph's own error code (`ImageNotFound`, `ErrorAccessDenied`, …), or `null`. */
  graphCode: string | null;
  /** Graph's `request-id` of the last response, or `null`. */
  requestId: string | null;
  /** For a failure: the `client-request-id` of the last attempt, which the tenant's activity logs show; else `null`. */
  clientRequestId: string | null;
  /** How often the request was sent. */
  attempts: number;
  /** Milliseconds from the first attempt to the outcome, waits included. */
  durationMs: number;
  /** The photo's file name in the backup, or `null`. */
  backup: string | null;
  /** Whether Graph shows no photo after the removal; `null` if that was not checked, or the check failed. */
  verified: boolean | null;
  /** Why it could not be checked whether Graph shows no photo, or `null`. */
  verifyError: GraphError | CredentialError | null;
  /**
   * Whether the photo is only presumed to be removed: the answer to an earlier attempt was lost or a server error, and
   * then there was no photo.
   */
  presumed: boolean;
  /**
   * For `absent`, and a removal that is presumed: whether the user or group is known to exist; `null` if the token may
   * not read that. For other outcomes `null`.
   */
  existence: true | null;
  /**
   * For `restored`, and `planned` with `whatIf`: whether another photo is replaced, which is saved in the backup first.
   */
  replaces: boolean;
}

/** The fields that a failure has in common with other results. */
type Facts = Omit<OutcomeResult<Outcome>, "outcome" | "status" | "code" | "message" | "hint" | "error">;

/** A target that failed. */
export interface FailedResult
  extends Omit<OutcomeResult<"failed", number | null>, "code" | "message" | "hint" | "error"> {
  /** What went wrong: the code of `error`, or `InvalidTarget`. */
  code: ErrorCode;
  /** What happened, in words. */
  message: string;
  /** What to do about it, or `null`. */
  hint: string | null;
  /** The error; with the code `InvalidTarget`, a `TypeError`. */
  error: GraphError | CredentialError | BackupError | TypeError;
}

/** What `removeProfilePhoto()` returns; a failure throws. */
export type RemovalResult = OutcomeResult<"removed" | "absent" | "planned">;

/**
 * What `removeProfilePhotos()` and `restoreProfilePhotos()` yield: a union over `outcome`. The status is `null` where
 * nothing was sent.
 */
export type PhotoResult =
  | RemovalResult
  | OutcomeResult<"restored" | "kept">
  | OutcomeResult<"declined" | "notAttempted", null>
  | FailedResult;

/** A result as one flat record, for `ConvertFrom-Json`, `jq` and Excel. Fields may be added, never renamed. */
export type PhotoRecord =
  & { target: TargetKind; id: string | null }
  & Pick<PhotoResult, "outcome" | "status" | "code" | "message" | "hint" | "requestId" | "attempts">
  & Pick<PhotoResult, "durationMs" | "graphCode">
  & Partial<
    {
      backup: string;
      verified: boolean;
      presumed: true;
      existence: true | null;
      clientRequestId: string;
      replaces: true;
      name: string;
    }
  >;

/** The fields of a record, in order. */
export const RECORD_FIELDS: readonly (keyof PhotoRecord)[] = [
  "target",
  "id",
  "outcome",
  "status",
  "code",
  "message",
  "hint",
  "requestId",
  "attempts",
  "durationMs",
  "graphCode",
  "backup",
  "verified",
  "presumed",
  "existence",
  "clientRequestId",
  "replaces",
  "name",
];

const noFacts = {
  graphCode: null,
  requestId: null,
  attempts: 0,
  durationMs: 0,
  clientRequestId: null,
  backup: null,
  verified: null,
  verifyError: null,
  presumed: false,
  existence: null,
  replaces: false,
};

/** Makes the result of a target that did not fail; `status` is `null` if nothing was sent. */
export function outcomeResult<O extends string, S extends number | null>(
  target: Target,
  outcome: O,
  status: S,
  facts: Partial<Facts> = {},
): OutcomeResult<O, S> {
  const noFailure = { code: null, message: null, hint: null, error: null };
  return { target, outcome, status, ...noFailure, ...noFacts, ...facts };
}

/** Makes the result of an input row from which no target could be read. */
export function invalidTargetResult({ target, problem }: InvalidTarget): FailedResult {
  const error = new TypeError(problem);
  const failure = { code: "InvalidTarget", message: problem, hint: null, error } as const;
  return { target, outcome: "failed", status: null, ...failure, ...noFacts };
}

/**
 * Makes the result of a target that failed.
 *
 * @throws The error itself if it is not about the target: an abort, or a fault of the program.
 */
export function failedResult(target: Target, error: unknown, durationMs: number): FailedResult {
  if (!(error instanceof ProfilePhotoError)) throw error;
  const { message } = error;
  const special = error.code === "TargetNotFound" ? explainNotFound(target) : undefined;
  const hint = special && error.hint ? `${error.hint} ${special}` : error.hint;
  const failure = {
    error: error as GraphError | CredentialError | BackupError,
    code: error.code,
    message,
    hint,
  };
  const { status, graphCode, requestId, clientRequestId, attempts } = error instanceof GraphError
    ? error
    : { status: null, ...noFacts };
  return {
    target,
    outcome: "failed",
    status,
    ...noFacts,
    graphCode,
    requestId,
    clientRequestId,
    attempts,
    durationMs,
    ...failure,
  };
}

/** Failures of the credential or of the whole backup: no later target can succeed. */
const ENDS_RUN: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "CredentialNotFound",
  "CredentialInvalid",
  "SignInRefused",
  "SignInFailed",
  "TokenRefused",
  "BackupMoved",
]);

/** Returns whether no later target can succeed after this result. */
export function endsRun({ code }: PhotoResult): boolean {
  return code !== null && ENDS_RUN.has(code);
}

/**
 * Converts a result to a record; the fields from `backup` on are left out if there is nothing to say.
 *
 * @param nameOf Returns the name that the directory has for an id.
 */
export function toRecord(result: PhotoResult, nameOf?: (id: string | null) => string | null): PhotoRecord {
  const { kind: target, id } = toKindAndId(result.target);
  const name = nameOf?.(id) ?? null;
  const { outcome, status, code, message, hint, requestId, attempts, graphCode, backup, verified } = result;
  const durationMs = Math.round(result.durationMs);
  return {
    ...{ target, id, outcome, status, code, message, hint, requestId, attempts, durationMs, graphCode },
    ...(backup === null ? {} : { backup }),
    ...(verified === null ? {} : { verified }),
    ...(result.presumed ? { presumed: true } : {}),
    ...(result.outcome === "absent" ? { existence: result.existence } : {}),
    ...(result.clientRequestId === null ? {} : { clientRequestId: result.clientRequestId }),
    ...(result.replaces ? { replaces: true } : {}),
    ...(name === null ? {} : { name }),
  };
}
