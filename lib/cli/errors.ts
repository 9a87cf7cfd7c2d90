import { redact } from "../http/redact.ts";

/** The exit codes of the process. */
export const EXIT = {
  /** Every target was removed, absent, planned, restored, kept, or declined one by one. */
  ok: 0,
  /** Some targets failed or were not attempted, or the question for all of them was answered with no. */
  failed: 1,
  /** Invalid arguments or input; nothing was sent. */
  usage: 2,
  /** No usable credential, or the sign-in was refused; Graph was asked for nothing. */
  credential: 4,
  /** Interrupted by Ctrl-C, SIGTERM or the end of the terminal. */
  interrupted: 130,
} as const;

/** An expected error: shown without the request to report a bug. */
export class CommandError extends Error {
  /** What to do about it. */
  readonly hint: string | null;

  constructor(message: string, hint: string | null = null, options?: ErrorOptions) {
    super(redact(message), options);
    this.hint = hint === null ? null : redact(hint);
  }
}

/** A run that had to stop early; requests in flight have finished. */
export class RunError extends CommandError {
  override readonly name = "RunError";
}

/** Invalid arguments or input. */
export class UsageError extends CommandError {
  override readonly name = "UsageError";
}

/**
 * Calls the API with what the user typed.
 *
 * @throws {UsageError} If the API rejects an argument with a `TypeError` or `RangeError`.
 */
export function toUsageError<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) {
      throw new UsageError(error.message, null, { cause: error });
    }
    throw error;
  }
}
