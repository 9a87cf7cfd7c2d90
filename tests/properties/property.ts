import { fc } from "../deps/fast_check.ts";

function wholeNumber(text: string | undefined): number | undefined {
  if (!text) return undefined;
  const number = Number(text);
  if (Number.isInteger(number)) return number;
  throw new RangeError(`Cannot use ${JSON.stringify(text)} as a number of cases or a seed: it is not whole`);
}

/** How many cases of each property, as `deno task fuzz` says it at night. */
const MANY = wholeNumber(Deno.env.get("FUZZ_CASES") ?? Deno.args[0]);
const CASES = MANY ?? 200;
/**
 * Beside the other tests the cases are always the same, so that what fails there is the change under test; at night
 * they are others each time. A failure repeats with the seed in the test's name.
 */
const SEED = wholeNumber(Deno.env.get("FUZZ_SEED")) ??
  (MANY === undefined ? 779783036 : crypto.getRandomValues(new Int32Array(1))[0]!);

export interface PropertyOptions {
  /** What the property may do; nothing by default. */
  permissions?: Deno.PermissionOptions;
  /** What is set up once for all cases. */
  around?: (run: () => Promise<void>) => Promise<void>;
}

/**
 * A test of what holds for every value. Its name tells the cases and the seed, so that the runner's line of it with
 * its time is all there is to know.
 */
export function property<T>(
  name: string,
  values: fc.Arbitrary<T>,
  check: (value: T) => void | Promise<void>,
  options: PropertyOptions = {},
): Deno.TestDefinition {
  const { permissions = "none", around = (run) => run() } = options;
  const repeat = `FUZZ_SEED=${SEED} FUZZ_CASES=${CASES}`;
  return {
    name: `${name} (${repeat})`,
    permissions,
    fn: () =>
      around(async () => {
        const result = await fc.check(
          fc.asyncProperty(values, async (value) => await check(value)),
          { numRuns: CASES, seed: SEED },
        );
        if (!result.failed) return;
        const report = fc.defaultReportMessage(result);
        throw new Error(`${report}\nRepeat it with ${repeat}`, { cause: result.errorInstance });
      }),
  };
}
