import { describeValue } from "./describe_value.ts";

/** Returns how many characters must be inserted, deleted or replaced to make one word of the other. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [row, char] of [...a].entries()) {
    const current = [row + 1];
    for (let column = 0; column < b.length; column++) {
      const replaced = previous[column]! + (b[column] === char ? 0 : 1);
      current.push(Math.min(previous[column + 1]! + 1, current[column]! + 1, replaced));
    }
    previous = current;
  }
  return previous[b.length]!;
}

/** What people call an option elsewhere, in lower case. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  dryrun: "whatIf",
  abortsignal: "signal",
  token: "credential",
  stop: "stopSignal",
  record: "onResult",
};

/**
 * Refuses options that do not exist: code without types that says `whatif: true` must not remove photos.
 *
 * @param known The names of the options that exist.
 * @throws {TypeError} If there is an unknown one; names the nearest that exists.
 */
export function checkOptionNames(options: object, known: readonly string[]): void {
  const given = Object.entries(options).filter(([, value]) => value !== undefined).map(([name]) => name);
  const unknown = given.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const typed = unknown.toLowerCase();
  const distances = new Map(known.map((name) => [name, editDistance(typed, name.toLowerCase())]));
  const nearest = OTHER_NAMES[typed] ?? known.toSorted((a, b) => distances.get(a)! - distances.get(b)!)[0];
  throw new TypeError(
    `Unknown option ${describeValue(unknown, "name")}: did you mean ${JSON.stringify(nearest)}? ` +
      `The options are ${known.join(", ")}`,
  );
}

/**
 * Refuses what is no backup, such as the path of its folder, or a promise of one that was not awaited.
 *
 * @param needed The methods that are going to be called.
 * @throws {TypeError} If it lacks one.
 */
export function checkBackup(backup: unknown, needed: readonly string[]): void {
  const methods = (typeof backup === "object" && backup !== null ? backup : {}) as Record<string, unknown>;
  if (needed.every((name) => typeof methods[name] === "function")) return;
  const value = backup instanceof Promise
    ? "a promise"
    : backup === null
    ? "null"
    : `of type ${typeof backup}`;
  throw new TypeError(
    `Cannot use the backup as it must be a store such as openFolderBackup() resolves to: current value is ${value}`,
  );
}

/**
 * Returns the number that a caller gave, or the default.
 *
 * @param name The option as the message names it, such as "the timeout".
 * @throws {RangeError} If it is not a number within the bounds.
 */
export function parseNumberOption(
  name: string,
  value: number | undefined,
  bounds: { default: number; least: number; most?: number; integer?: boolean },
): number {
  const { least, most = Infinity, integer = false } = bounds;
  if (value === undefined) return bounds.default;
  if (typeof value === "number" && value >= least && value <= most && (!integer || Number.isInteger(value))) {
    return value;
  }
  const range = most === Infinity ? `${least} or more` : `from ${least} to ${most}`;
  throw new RangeError(
    `Cannot use ${name} as it must be a ${integer ? "whole " : ""}number, ${range}: current value is ${
      typeof value === "string" ? describeValue(value, "number") : String(value)
    }`,
  );
}
