import { describeValue } from "../describe_value.ts";
import type { Arguments } from "./arguments.ts";
import { UsageError } from "./errors.ts";

/**
 * Returns the port that `--port` names; `0` stands for a free one, and is the default.
 *
 * @throws {UsageError} If it is no port.
 */
export function parsePort({ values: { port = "0" } }: Pick<Arguments, "values">): number {
  if (/^\d{1,5}$/.test(port) && Number(port) < 65536) return Number(port);
  throw new UsageError(`--port must be a number from 0 to 65535, not ${describeValue(port, "number")}`);
}
