import { type ErrorCode, GraphError, ProfilePhotoError } from "./errors.ts";
import type { Target } from "./target.ts";

/**
 * What became of one target:
 *
 * - `removed`: its photo was removed;
 * - `absent`: it had none;
 * - `planned`: it has one, and `whatIf` kept it;
 * - `restored`: its photo was put back;
 * - and of many: `declined` when asked, `failed`, or `notAttempted` as the run ended before.
 */
export type Outcome = "removed" | "absent" | "planned" | "restored" | "declined" | "failed" | "notAttempted";

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
  /** Under which name the backup holds the photo, or `null`. */
  backup: string | null;
  /** Whether Graph says after the removal that there is no photo; `null` where it was not asked, or did not say. */
  verified: boolean | null;
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
    backup: null,
    verified: null,
  };
}

/** A failure of one target as its result; what fails the run (an abort, a fault of the program) is thrown on. */
export function failedResult(target: Target, error: unknown): RemovalResult {
  if (!(error instanceof ProfilePhotoError)) throw error;
  const { code, message, hint } = error;
  const result: RemovalResult = { ...emptyResult(target, "failed"), code, message, hint };
  if (!(error instanceof GraphError)) return result;
  const { status, graphCode, requestId, attempts } = error;
  return { ...result, status, graphCode, requestId, attempts };
}

/** Failures after which no other target can do better: there is no token, or Graph does not take it. */
const ENDS_RUN: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "CredentialNotFound",
  "CredentialInvalid",
  "SignInRefused",
  "SignInFailed",
  "TokenRefused",
]);

/** Whether a result says that going on is pointless. */
export function endsRun({ code }: RemovalResult): boolean {
  return code !== null && ENDS_RUN.has(code);
}
