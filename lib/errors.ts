/** What can go wrong with one target, or before any is tried. Stable: scripts may branch on it. */
export type GraphErrorCode =
  | "TargetNotFound"
  | "NotFound"
  | "MailboxNotFound"
  | "AccessDenied"
  | "TokenRefused"
  | "PersonalAccountNotSupported"
  | "Throttled"
  | "ServiceUnavailable"
  | "ConnectionLost"
  | "TimedOut"
  | "RequestRefused"
  | "RedirectRefused"
  | "UnexpectedAnswer";

/** Why there is no usable token. Stable: scripts may branch on it. */
export type CredentialErrorCode =
  | "CredentialNotFound"
  | "CredentialInvalid"
  | "DelegatedTokenRequired"
  | "SignInRefused"
  | "SignInFailed";

/** Why a photo could not be kept, or put back from where it was kept. Stable: scripts may branch on it. */
export type BackupErrorCode = "BackupFailed" | "BackupDamaged" | "BackupOfAnotherUser";

/** Any `code` of this module's errors and failed results; `InvalidTarget` occurs in bulk results only. */
export type ErrorCode = GraphErrorCode | CredentialErrorCode | BackupErrorCode | "InvalidTarget";

/** The base of this module's own errors. None of them holds a token, a secret, a key or a request's headers. */
export abstract class ProfilePhotoError extends Error {
  /** What went wrong, as a word that does not change between versions. */
  abstract readonly code: GraphErrorCode | CredentialErrorCode | BackupErrorCode;
  /** What to do about it, or `null` where nothing is known. */
  readonly hint: string | null;

  /**
   * The part that all errors share.
   *
   * @param message What happened.
   * @param hint What to do about it.
   * @param options The `cause`, where there is one.
   */
  constructor(message: string, hint: string | null, options?: ErrorOptions) {
    super(message, options);
    this.hint = hint;
  }
}

/** The facts of a failed exchange with Microsoft Graph. */
export interface GraphFailure {
  /** What went wrong. */
  code: GraphErrorCode;
  /** What happened, in words. */
  message: string;
  /** What to do about it, or `null`. */
  hint: string | null;
  /** HTTP status of the last answer; `null` when none arrived. */
  status: number | null;
  /** Graph's own error code (`ErrorAccessDenied`, `Request_ResourceNotFound`, …), or `null`. */
  graphCode: string | null;
  /** Graph's `request-id`, for a support case, or `null`. */
  requestId: string | null;
  /** How often the request was sent. */
  attempts: number;
  /** The error that lost the connection, where there was one. */
  cause?: unknown;
}

/**
 * Microsoft Graph refused the removal, or could not be reached.
 *
 * @see https://learn.microsoft.com/graph/errors
 */
export class GraphError extends ProfilePhotoError {
  /** "GraphError". */
  override readonly name = "GraphError";
  /** What went wrong. */
  readonly code: GraphErrorCode;
  /** HTTP status of the last answer; `null` when none arrived. */
  readonly status: number | null;
  /** Graph's own error code, or `null`. */
  readonly graphCode: string | null;
  /** Graph's `request-id`, for a support case, or `null`. */
  readonly requestId: string | null;
  /** How often the request was sent. */
  readonly attempts: number;

  /**
   * The error for a failure.
   *
   * @param failure The facts.
   */
  constructor(failure: GraphFailure) {
    super(failure.message, failure.hint, failure.cause === undefined ? undefined : { cause: failure.cause });
    this.code = failure.code;
    this.status = failure.status;
    this.graphCode = failure.graphCode;
    this.requestId = failure.requestId;
    this.attempts = failure.attempts;
  }
}

/** What a {@link CredentialError} may carry beside its message. */
export interface CredentialErrorOptions extends ErrorOptions {
  /** What to do about it. */
  hint?: string | null;
  /** The numbers behind "AADSTS" in Entra's answer. */
  aadstsCodes?: readonly number[];
  /** Entra's correlation id, for a support case. */
  correlationId?: string | null;
}

/** There is no credential, it cannot be used, or Microsoft Entra refused the sign-in. */
export class CredentialError extends ProfilePhotoError {
  /** "CredentialError". */
  override readonly name = "CredentialError";
  /** What went wrong. */
  readonly code: CredentialErrorCode;
  /** The numbers behind "AADSTS" in Entra's answer; empty where there was none. */
  readonly aadstsCodes: readonly number[];
  /** Entra's correlation id, for a support case, or `null`. */
  readonly correlationId: string | null;

  /**
   * The error for a credential.
   *
   * @param code What went wrong.
   * @param message What happened, in words.
   * @param options Hint, AADSTS codes, correlation id, cause.
   */
  constructor(code: CredentialErrorCode, message: string, options: CredentialErrorOptions = {}) {
    super(message, options.hint ?? null, options);
    this.code = code;
    this.aadstsCodes = options.aadstsCodes ?? [];
    this.correlationId = options.correlationId ?? null;
  }
}

/** A photo could not be kept before its removal, or what was kept is not what the backup says it is. */
export class BackupError extends ProfilePhotoError {
  /** "BackupError". */
  override readonly name = "BackupError";
  /** What went wrong. */
  readonly code: BackupErrorCode;

  /**
   * The error for a backup.
   *
   * @param code What went wrong.
   * @param message What happened, in words.
   * @param options Hint, cause.
   */
  constructor(code: BackupErrorCode, message: string, options: ErrorOptions & { hint?: string } = {}) {
    super(message, options.hint ?? null, options);
    this.code = code;
  }
}

/** Every error that `removeProfilePhoto` throws for a reason outside the program; discriminated by `code`. */
export type RemoveProfilePhotoError = GraphError | CredentialError;
