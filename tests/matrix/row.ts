import type { Fault } from "../../lib/emulator/mod.ts";

type Placeless<F> = F extends Fault ? Omit<F, "on" | "match" | "times" | "timesEach" | "rate"> : never;

/** A fault of the emulator, without where and how often it strikes; or that there is no server at all. */
export type Struck = Placeless<Fault> | { kind: "refused" };

/** Ways to send: one by one, or together, where a fault strikes the batch as a whole or each of its items. */
export const LANES = ["lone", "batch", "item"] as const;

/**
 * One fault, and what becomes of each target that meets it in each lane where it can: "removed 2" after two
 * attempts, "failed Throttled 429 1", or "throws SignInFailed" for the run as a whole.
 */
export interface Row extends Partial<Record<typeof LANES[number], string>> {
  /** The fault in words. */
  fault: string;
  with: Struck;
  /** Whether each request meets it the first time, or each time. */
  strikes: "once" | "always";
  /** When it strikes the sign-in instead of Graph: at first, or when the token has expired in the middle. */
  signIn?: "first" | "again";
  /** The waits between attempts, in ms; by default not looked at. */
  waits?: readonly number[];
  /** Whether the photos are gone, where the outcome does not tell: by default, unless the target failed. */
  gone?: boolean;
  /** Milliseconds for an attempt; a minute by default. */
  timeout?: number;
}
