/** What this project uses of `@std/cli/parse-args`. */
export interface ParseOptions {
  boolean?: string[];
  string?: string[];
  collect?: string[];
  alias?: Record<string, string>;
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/** Parses command-line arguments into one object; positional arguments are in `_`. */
export function parseArgs(
  args: string[],
  options?: ParseOptions,
): Record<string, unknown> & { _: string[] };
