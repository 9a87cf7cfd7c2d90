import { type Emulator, type EmulatorOptions, startEmulator } from "../../lib/emulator/mod.ts";
import type { Clock } from "../../lib/http/clock.ts";
import { directly } from "../../lib/graph/request_with_retries.ts";
import { removeTarget } from "../../lib/remove_target.ts";
import type { BulkOptions } from "../../lib/remove_profile_photos.ts";
import type { RemoveOptions } from "../../lib/remove_profile_photo.ts";
import type { PhotoResult, RemovalResult } from "../../lib/result.ts";
import { type RunOptions, runTargets, validateRunOptions } from "../../lib/run_targets.ts";
import { createGraphClient } from "../../lib/graph/client.ts";
import { parseTarget, type Target } from "../../lib/target.ts";
import { fakeClock } from "./fake_clock.ts";
import { LOOPBACK } from "./test.ts";

/** A user of the sample directory who has a photo. */
export const ALEX = { user: "alex@contoso.com" };

/** A test with a tenant of its own, which may use the network of this machine and nothing else. */
export function emulatorTest(
  name: string,
  run: (emulator: Emulator) => Promise<void>,
  options: EmulatorOptions = {},
): Deno.TestDefinition {
  return {
    name,
    permissions: LOOPBACK,
    fn: async () => {
      await using emulator = await startEmulator(options);
      await run(emulator);
    },
  };
}

/** Removes a photo by a clock in the test's hand, so that no wait takes time. */
export async function removeByClock(
  target: Target,
  options: RemoveOptions,
  clock: Clock = fakeClock(),
): Promise<RemovalResult> {
  const client = createGraphClient(options, clock);
  const result = await removeTarget(parseTarget(target), client, directly(client), {
    whatIf: options.whatIf,
  });
  return result as RemovalResult;
}

/** Removes many photos by a clock in the test's hand. */
export function removeManyByClock(
  targets: Iterable<Target>,
  options: RunOptions,
  clock: Clock,
  steps: Pick<BulkOptions, "backup" | "verify"> = {},
): AsyncIterable<PhotoResult> {
  return runTargets(targets, {
    parse: (target) => target,
    work: (target, client, transport) =>
      removeTarget(target, client, transport, { whatIf: options.whatIf, ...steps }),
  }, { ...validateRunOptions(options, []), client: createGraphClient(options, clock) });
}

/** Cloud and credential for an emulator: the app's own token, or the one given. */
export async function connected(
  emulator: Emulator,
  token?: string,
): Promise<Pick<RemoveOptions, "cloud" | "credential">> {
  return { cloud: emulator.cloud, credential: token ?? await emulator.issueToken() };
}

/** What was asked, as lines such as `DELETE /v1.0/me/photo/$value`. */
export function requestLines(emulator: Emulator): string[] {
  return emulator.requests.map(({ method, url }) => `${method} ${url}`);
}

/** How many requests for photos Graph was sent, in batches or by themselves. */
export function photoRequests({ counts }: Emulator): number {
  return counts.items + counts.graph - counts.batch;
}
