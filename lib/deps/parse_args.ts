/**
 * The one place that names the version of `@std/cli`. It comes from npm's copy of the standard library, as a
 * bare or `jsr:` specifier does not resolve everywhere this command runs; that copy ships no types.
 */
// @ts-types="./parse_args.d.ts"
export { parseArgs } from "npm:deno-std@1.4.0/cli/parse_args.js";
