import type { RemovalResult, Target } from "../../mod.ts";

/** A result as one flat record, for `ConvertFrom-Json`, `jq` and Excel. Fields may be added, never renamed. */
export interface Record {
  target: "me" | "user" | "group";
  id: string | null;
  outcome: string;
  status: number | null;
  code: string | null;
  message: string | null;
  hint: string | null;
  requestId: string | null;
  attempts: number;
  durationMs: number;
  graphCode: string | null;
}

/** The kind and id of a target. */
export function flattenTarget(target: Target): { target: Record["target"]; id: string | null } {
  if (target === "me") return { target: "me", id: null };
  return "user" in target ? { target: "user", id: target.user } : { target: "group", id: target.group };
}

/** The record of a result. */
export function toRecord(result: RemovalResult): Record {
  const { outcome, status, code, message, hint, requestId, attempts, graphCode } = result;
  return {
    ...flattenTarget(result.target),
    outcome,
    status,
    code,
    message,
    hint,
    requestId,
    attempts,
    durationMs: Math.round(result.durationMs),
    graphCode,
  };
}
