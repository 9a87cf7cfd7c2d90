import type { PhotoResult } from "../result.ts";
import { toKindAndId } from "../target.ts";
import type { Connection } from "./connection.ts";

/** After so many refusals in a row, all alike, the token's permissions are looked at. */
const REFUSALS_IN_A_ROW = 50;

/** Results of targets about which nothing was sent. */
const isUnsent = ({ outcome, code }: PhotoResult): boolean =>
  code === "InvalidTarget" || outcome === "declined" || outcome === "notAttempted";

/**
 * Returns a function that takes the results of a run. It returns why the run cannot succeed once Graph has refused many
 * targets in a row alike and the token lacks the permission, according to its claims; else `undefined`. It says so once.
 */
export function createRefusalWatch(
  { credential, cloud }: Pick<Connection, "credential" | "cloud">,
): (result: PhotoResult) => Promise<string | undefined> {
  let count = 0;
  let refusal = "";
  let isOver = false;
  return async (result) => {
    if (isOver || isUnsent(result)) return undefined;
    const { kind } = toKindAndId(result.target);
    const isRefused = result.code === "AccessDenied";
    const key = `${kind} ${result.graphCode}`;
    count = !isRefused ? 0 : key === refusal ? count + 1 : 1;
    refusal = isRefused ? key : "";
    if (count < REFUSALS_IN_A_ROW) return undefined;
    isOver = true;
    const { checkAccess } = await import("../check_access.ts");
    const { allowed, reason } = (await checkAccess({ credential, cloud })).access[kind];
    return allowed === false ? `Graph refused ${count} targets in a row. ${reason}` : undefined;
  };
}
