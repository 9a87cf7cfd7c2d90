import { redact, redactCause } from "./http/redact.ts";

/** Codes of failed requests to Microsoft Graph. Stable: scripts may branch on them. */
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

/** Codes of failed sign-ins and unusable credentials. Stable: scripts may branch on them. */
export type CredentialErrorCode =
  | "CredentialNotFound"
  | "CredentialInvalid"
  | "DelegatedTokenRequired"
  | "SignInRefused"
  | "SignInFailed";

/** Codes of photos that could not be saved or put back. Stable: scripts may branch on them. */
export type BackupErrorCode = "BackupFailed" | "BackupMoved" | "BackupDamaged" | "BackupOfAnotherUser";

/** Any `code` of this module's errors and failed results. `InvalidTarget` occurs only in results of many targets. */
export type ErrorCode = GraphErrorCode | CredentialErrorCode | BackupErrorCode | "InvalidTarget";

/**
 * The base class of this module's errors. None of them holds a token, a secret, a key or a request's headers: what this
 * process knows of them is taken out of every message and cause.
 */
export abstract class ProfilePhotoError extends Error {
  /** What went wrong: a word that stays the same between versions. */
  abstract readonly code: GraphErrorCode | CredentialErrorCode | BackupErrorCode;
  /** What to do about it, or `null`. */
  readonly hint: string | null;

  /** @ignore Made by this module alone. */
  constructor(message: string, hint: string | null, options?: ErrorOptions) {
    super(redact(message), options && "cause" in options ? { cause: redactCause(options.cause) } : undefined);
    this.hint = hint === null ? null : redact(hint);
  }
}

/** What a {@link GraphError} is made of. */
export type GraphErrorInit =
  & Pick<
    GraphError,
    "code" | "message" | "hint" | "status" | "graphCode" | "requestId" | "clientRequestId" | "attempts"
  >
  & ErrorOptions;

/**
 * Microsoft Graph refused the request, or could not be reached.
 *
 * @see https://learn.microsoft.com/graph/errors
 */
export class GraphError extends ProfilePhotoError {
  /** "GraphError". */
  override readonly name = "GraphError";
  /** What went wrong. */
  declare readonly code: GraphErrorCode;
  /** HTTP status of the last response; `null` if none arrived. */
  declare readonly status: number | null;
  /** Graph's own error code (`ErrorAccessDenied`, `Request_ResourceNotFound`, …), or `null`. */
  declare readonly graphCode: string | null;
  /** Graph's `request-id`, for a support case, or `null`. */
  declare readonly requestId: string | null;
  /** The `client-request-id` of the last attempt, by which the tenant's activity logs find it. */
  declare readonly clientRequestId: string | null;
  /** How often the request was sent. */
  declare readonly attempts: number;

  /** @ignore Made by this module alone. */
  constructor({ message, hint, cause, ...facts }: GraphErrorInit) {
    super(message, hint, cause === undefined ? undefined : { cause }); // an own `cause` means that there is one
    const shown = (text: string | null) => text === null ? null : redact(text);
    Object.assign(this, facts, { graphCode: shown(facts.graphCode), requestId: shown(facts.requestId) });
  }
}

/** What a {@link CredentialError} may carry besides its message. */
interface CredentialErrorOptions extends ErrorOptions {
  /** What to do about it. */
  hint?: string | null;
  /** The AADSTS numbers in Entra's response. */
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
  /** The AADSTS numbers in Entra's response; empty if there are none. */
  readonly aadstsCodes: readonly number[];
  /** Entra's correlation id, for a support case, or `null`. */
  readonly correlationId: string | null;

  /** @ignore Made by this module alone. */
  constructor(code: CredentialErrorCode, message: string, options: CredentialErrorOptions = {}) {
    super(message, options.hint ?? null, options);
    this.code = code;
    this.aadstsCodes = options.aadstsCodes ?? [];
    this.correlationId = typeof options.correlationId === "string" ? redact(options.correlationId) : null;
  }
}

/** A photo could not be saved before its removal, or a saved photo differs from what the backup's manifest says. */
export class BackupError extends ProfilePhotoError {
  /** "BackupError". */
  override readonly name = "BackupError";
  /** What went wrong. */
  readonly code: BackupErrorCode;

  /** @ignore Made by this module alone. */
  constructor(code: BackupErrorCode, message: string, options: ErrorOptions & { hint?: string } = {}) {
    super(message, options.hint ?? null, options);
    this.code = code;
  }
}

/** Every error that `removeProfilePhoto` throws for a reason outside the program; discriminated by `code`. */
export type RemoveProfilePhotoError = GraphError | CredentialError | BackupError;
