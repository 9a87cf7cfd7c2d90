/** What the process exits with. */
export const EXIT = {
  /** Every target is removed, absent or planned (or was declined by the person asked). */
  ok: 0,
  /** Some targets failed or were not attempted. */
  failed: 1,
  /** Usage or bad input; nothing was sent. */
  usage: 2,
  /** No usable credential, or the sign-in was refused; nothing was sent to Graph. */
  credential: 4,
  /** Interrupted: by Ctrl-C, by a request to end, or by the end of the terminal. */
  interrupted: 130,
} as const;

/** What a person who runs the command is told in words, as no fault of the program. */
export class CommandError extends Error {
  /** What to do about it. */
  readonly hint: string | null;

  constructor(message: string, hint: string | null = null, options?: ErrorOptions) {
    super(message, options);
    this.hint = hint;
  }
}

/** A run that ended before its end; what was in flight has ended too. */
export class RunError extends CommandError {
  override readonly name = "RunError";
}

/** What was typed cannot be done as it stands. */
export class UsageError extends CommandError {
  override readonly name = "UsageError";
}
