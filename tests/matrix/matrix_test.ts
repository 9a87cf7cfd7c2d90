import { cachedCredential } from "../../lib/auth/cached_credential.ts";
import { requestToken } from "../../lib/auth/request_token.ts";
import type { TokenCredential } from "../../lib/auth/token_credential.ts";
import { type Emulator, type Fault, startEmulator } from "../../lib/emulator/mod.ts";
import { CredentialError } from "../../lib/errors.ts";
import type { PhotoResult } from "../../lib/result.ts";
import { assertEquals } from "../deps/assert.ts";
import { removeManyByClock } from "../support/emulated.ts";
import { unusedRoot } from "../support/server.ts";
import { LOOPBACK_ONLY } from "../support/test.ts";
import { fetchBy, type VirtualClock, virtualClock } from "../support/virtual_clock.ts";
import { GRAPH_ROWS } from "./graph_rows.ts";
import { LANES, type Row } from "./row.ts";
import { SIGN_IN_ROWS } from "./sign_in_rows.ts";

const USERS = ["alex@contoso.com", "diego@contoso.com", "grady@contoso.com"];
const MAX_ATTEMPTS = 3;
const MINUTE = 60_000;

type Lane = typeof LANES[number];

/** The fault with where and how often it strikes. */
function placed({ with: fault, strikes, signIn }: Row, lane: Lane): Fault[] {
  if (fault.kind === "refused") return [];
  if (signIn) return [{ ...fault, on: "token", times: strikes === "once" ? 1 : Infinity }];
  const on = lane === "lone" ? "graph" : lane;
  const isOnce = strikes === "once";
  return [{
    ...fault,
    on,
    times: isOnce && lane === "batch" ? 1 : Infinity,
    timesEach: isOnce ? 1 : undefined,
  }];
}

/** An app with its secret, whose waits go by the clock; given a token, it begins with that. */
function credentialOf(
  { url, tenantId, clientId, clientSecret }: Emulator,
  clock: VirtualClock,
  options: { fetch: typeof fetch; timeout: number; authority: string; first?: string },
): TokenCredential {
  const proof = { client_secret: clientSecret };
  const tokenUrl = `${options.authority}/${tenantId}/oauth2/v2.0/token`;
  let { first } = options;
  return cachedCredential(async ({ claims }, signal) => {
    const token = first;
    first = undefined;
    if (token) return { token, expiresOnTimestamp: clock.now() + 60 * MINUTE };
    const request = { tokenUrl, clientId, scope: `${url}/.default`, claims, proof };
    return await requestToken(request, { ...options, signal, clock });
  }, clock);
}

interface Met {
  /** What became of each target, or of the run. */
  outcomes: string[];
  results: PhotoResult[];
  tenant: Emulator;
  clock: VirtualClock;
}

/** A result as the table has it. */
function inShort({ outcome, code, status, attempts }: PhotoResult, { timeout, strikes }: Row): string {
  // Who waits for a time-out in real time may meet another one on a busy machine.
  const counted = timeout !== undefined && strikes === "once" ? Math.min(attempts, 2) : attempts;
  return [outcome, code, outcome === "failed" ? status : null, counted].filter((part) => part !== null).join(
    " ",
  );
}

/** Lets targets meet a fault. */
async function meet(row: Row, lane: Lane, tenant: Emulator): Promise<Met> {
  const clock = virtualClock();
  const fetch = fetchBy(clock);
  const { timeout = MINUTE, signIn } = row;
  const nowhere = row.with.kind === "refused" ? unusedRoot() : tenant.url;
  const credential = credentialOf(tenant, clock, {
    fetch,
    timeout,
    authority: signIn ? nowhere : tenant.url,
    first: signIn === "again" ? await tenant.issueToken() : undefined,
  });
  if (signIn === "again") tenant.fault({ kind: "expireTokens" });
  for (const fault of placed(row, lane)) tenant.fault(fault);
  const options = {
    cloud: { graph: signIn ? tenant.url : nowhere, authority: tenant.url },
    credential,
    fetch,
    timeout,
    retry: { maxAttempts: MAX_ATTEMPTS },
    batchSize: lane === "lone" ? 1 : 20,
  };
  const results: PhotoResult[] = [];
  try {
    for await (const result of removeManyByClock(USERS.map((user) => ({ user })), options, clock)) {
      results.push(result);
    }
  } catch (error) {
    if (!(error instanceof CredentialError)) throw error;
    return { outcomes: [`throws ${error.code}`], results, tenant, clock };
  }
  return { outcomes: results.map((result) => inShort(result, row)), results, tenant, clock };
}

const idOf = ({ target }: PhotoResult) => (target as { user: string }).user;

/** What holds for a fault whatever it is, and what the row says. */
function check(row: Row, lane: Lane, { outcomes, results, tenant, clock }: Met): void {
  assertEquals([...new Set(outcomes)], [row[lane]], lane);
  if (row[lane]!.startsWith("throws")) {
    assertEquals([results, tenant.counts.graph], [[], 0], `${lane}: nothing is sent`);
  } else {
    assertEquals(results.map(idOf).sort(), USERS, `${lane}: each target comes out once`);
  }
  for (const result of results) {
    const isGone = row.gone ?? result.outcome !== "failed";
    assertEquals(tenant.directory.hasPhoto(idOf(result)), !isGone, `${lane}: the photo of ${idOf(result)}`);
  }
  if (row.waits) assertEquals([...new Set(clock.sleeps)], [...row.waits], `${lane}: the waits`);
  if (lane !== "lone" && row.with.kind !== "refused" && results.length > 0) {
    assertEquals(tenant.counts.batch > 0, true, `${lane}: it went in a batch`);
  }
}

for (const row of [...GRAPH_ROWS, ...SIGN_IN_ROWS]) {
  const lanes = LANES.filter((lane) => row[lane] !== undefined);
  const when = row.signIn ? ` ${row.signIn === "first" ? "at first" : "in the middle"}` : "";
  Deno.test(
    `${row.fault}${when}, ${row.strikes}: ${lanes.map((lane) => `${lane} ${row[lane]}`).join(", ")}`,
    LOOPBACK_ONLY,
    async () => {
      const met = await Promise.all(lanes.map(async (lane) => {
        await using tenant = await startEmulator();
        return await meet(row, lane, tenant);
      }));
      lanes.forEach((lane, at) => check(row, lane, met[at]!));
    },
  );
}
