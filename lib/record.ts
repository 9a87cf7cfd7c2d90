import type { RemovalResult } from "./result.ts";
import type { Target, TargetKind } from "./target.ts";

/** A result as one flat record, for `ConvertFrom-Json`, `jq` and Excel. Fields may be added, never renamed. */
export interface RemovalRecord extends Omit<RemovalResult, "target" | "backup" | "verified"> {
  /** "me", "user" or "group". */
  target: TargetKind;
  /** The target's id; `null` for me. */
  id: string | null;
  /** Under which name the backup holds the photo; where it was saved. */
  backup?: string | null;
  /** Whether there was no photo afterwards; where that was looked at. */
  verified?: boolean | null;
}

/** The fields of a record, in order. */
export const RECORD_FIELDS = [
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
] as const satisfies readonly (keyof RemovalRecord)[];

/** Fields that stand in a record only where there is something to say. */
const WHERE_ASKED: ReadonlySet<string> = new Set(["backup", "verified"]);

/** The kind and id of a target. What a caller without types passed as one is shown as text. */
export function flattenTarget(target: Target): { target: TargetKind; id: string | null } {
  if (target === "me") return { target: "me", id: null };
  if (typeof target === "object" && target !== null && "group" in target) {
    return { target: "group", id: String(target.group) };
  }
  return {
    target: "user",
    id: String((target as { user?: unknown } | null)?.user ?? JSON.stringify(target)),
  };
}

/**
 * The record of a result.
 *
 * @param result The result.
 * @returns The record; its `durationMs` is a whole number.
 */
export function toRecord({ target, ...result }: RemovalResult): RemovalRecord {
  const record = { ...flattenTarget(target), ...result, durationMs: Math.round(result.durationMs) };
  const known = RECORD_FIELDS.filter((field) => !WHERE_ASKED.has(field) || record[field] !== null);
  return Object.fromEntries(known.map((field) => [field, record[field]])) as unknown as RemovalRecord;
}
