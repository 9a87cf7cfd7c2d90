/**
 * A tenant in a process of its own: `tenant_process.ts TARGETS SEED` prints how to reach it and, once its standard
 * input ends, what it has seen.
 */
import { retryWaits, sampleDirectory, startEmulator } from "../../lib/emulator/mod.ts";
import { userName } from "../support/users.ts";
import { soakFaults } from "./faults.ts";

/** Every so many users has no photo. */
export const PHOTOLESS = 97;

export interface Reach {
  cloud: { graph: string; authority: string };
  tenantId: string;
  clientId: string;
  clientSecret: string;
}

export interface Seen {
  /** Photos of the targets that are left. */
  photosLeft: number;
  httpRequests: number;
  batches: number;
  items: number;
  signIns: number;
  /** Answers that were given or withheld: of requests, and of items in batches that were carried out. */
  answers: number;
  /** How often each kind of fault struck. */
  struck: Record<string, number>;
  /** Answers with `Retry-After`, and those after which the next request came too early, or never. */
  waits: number;
  early: number;
}

if (import.meta.main) {
  const [targets = 0, seed] = Deno.args.map(Number);
  const directory = sampleDirectory({ users: targets });
  const others = directory.photoCount - targets;
  for (let number = PHOTOLESS; number <= targets; number += PHOTOLESS) {
    directory.removePhoto(userName(number));
  }
  await using tenant = await startEmulator({ directory, seed });
  soakFaults(targets).forEach((fault) => tenant.fault(fault));
  const { cloud, tenantId, clientId, clientSecret } = tenant;
  console.log(JSON.stringify({ cloud, tenantId, clientId, clientSecret } satisfies Reach));
  await Array.fromAsync(Deno.stdin.readable);
  const waits = retryWaits(tenant.requests);
  const { graph: httpRequests, batch: batches, items, token: signIns } = tenant.counts;
  console.log(JSON.stringify(
    {
      photosLeft: directory.photoCount - others,
      httpRequests,
      batches,
      items,
      signIns,
      answers: tenant.requests.filter(({ batchItem, status }) => !batchItem || status !== null).length,
      struck: tenant.faultCounts,
      waits: waits.length,
      early: waits.filter(({ retryAfterMs, waitedMs }) =>
        waitedMs === null || waitedMs < retryAfterMs
      ).length,
    } satisfies Seen,
  ));
}
