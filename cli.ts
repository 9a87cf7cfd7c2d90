#!/usr/bin/env -S deno run --v8-flags=--max-semi-space-size=4 --allow-net --allow-env --allow-read --allow-write
/**
 * The command line of remove-profile-photo.
 *
 * @module
 */
import { main } from "./lib/cli/main.ts";

if (import.meta.main) await main();
