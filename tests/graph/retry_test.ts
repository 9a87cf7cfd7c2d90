import type { Emulator, Fault } from "../../lib/emulator/mod.ts";
import { GraphError, type GraphErrorCode } from "../../lib/errors.ts";
import { removeProfilePhoto } from "../../lib/remove_profile_photo.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../deps/assert.ts";
import { ALEX, connected, emulatorTest, removeByClock } from "../support/emulated.ts";
import { fakeClock } from "../support/fake_clock.ts";

const TRANSIENT = [429, 500, 502, 503, 504, 509];

const status = (status: number, more: Partial<Fault> = {}) => ({ kind: "status", status, ...more }) as Fault;

/** Removes Alex's photo by a clock that takes no time, and tells what it slept. */
async function remove(tenant: Emulator, options = {}) {
  const clock = fakeClock();
  const result = await removeByClock(ALEX, { ...await connected(tenant), ...options }, clock);
  return { ...result, sleeps: clock.sleeps };
}

async function failure(tenant: Emulator, options = {}) {
  const clock = fakeClock();
  const credentials = await connected(tenant);
  const error = await assertRejects(
    () => removeByClock(ALEX, { ...credentials, ...options }, clock),
    GraphError,
  );
  return { error, sleeps: clock.sleeps };
}

for (const code of TRANSIENT) {
  emulatorTest(
    `removeProfilePhoto() tries again after ${code}, by back-off or Retry-After`,
    async (tenant) => {
      tenant.fault(status(code));
      tenant.fault(status(code, { retryAfter: "7" }));
      const { outcome, attempts, sleeps } = await remove(tenant);
      assertEquals([outcome, attempts], ["removed", 3]);
      assertEquals([...sleeps], [500, 7000]); // half of 1 s, by the clock's dice; then what was asked
      assertEquals(tenant.counts.graph, 3);
      assert(new Set(tenant.requests.map(({ method, url }) => method + url)).size === 1);
    },
  );

  emulatorTest(
    `removeProfilePhoto() gives up after ${code} when its attempts are used up`,
    async (tenant) => {
      tenant.fault(status(code, { times: Infinity }));
      const { error, sleeps } = await failure(tenant, {
        retry: { maxAttempts: 4, baseDelay: 10, maxDelay: 15 },
      });
      const expected: GraphErrorCode = code === 429 || code === 509 ? "Throttled" : "ServiceUnavailable";
      assertEquals([error.code, error.status, error.attempts], [expected, code, 4]);
      assertStringIncludes(error.message, `Graph answered ${code}`);
      assertEquals([...sleeps], [5, 7.5, 7.5]);
      assertEquals(tenant.counts.graph, 4);
    },
  );
}

emulatorTest("removeProfilePhoto() waits until the date that Retry-After gives", async (tenant) => {
  const clock = fakeClock();
  tenant.fault(status(503, { retryAfter: new Date(clock.now() + 60_000).toUTCString() }));
  await removeByClock(ALEX, await connected(tenant), clock);
  assertEquals([...clock.sleeps], [60_000]);
});

emulatorTest(
  "removeProfilePhoto() does not try again before a Retry-After that is too long",
  async (tenant) => {
    tenant.fault(status(429, { retryAfter: "181" }));
    const { error, sleeps } = await failure(tenant);
    assertEquals([error.code, error.attempts, tenant.counts.graph, sleeps.length], ["Throttled", 1, 1, 0]);
    assertStringIncludes(error.message, "181 s");
    assertStringIncludes(error.message, "180 s");
  },
);

emulatorTest("removeProfilePhoto() tries again after a connection that is lost", async (tenant) => {
  for (const kind of ["drop", "truncate"] as const) {
    tenant.directory.setPhoto(ALEX.user, PNG);
    tenant.fault({ kind });
    const { outcome, attempts } = await remove(tenant);
    assertEquals([outcome, attempts], ["removed", 2], kind);
  }
});

emulatorTest("removeProfilePhoto() tries again after a time-out", async (tenant) => {
  tenant.fault({ kind: "stall" });
  const { outcome, attempts } = await remove(tenant, { timeout: 300 });
  assertEquals(outcome, "removed");
  assert(attempts >= 2, `${attempts} attempts`);
});

emulatorTest(
  "removeProfilePhoto() gives up on a connection that is lost each time, or stalls",
  async (tenant) => {
    const expected = { drop: "ConnectionLost", stall: "TimedOut" } as const;
    for (const kind of ["drop", "stall"] as const) {
      tenant.fault({ kind, times: Infinity });
      const { error } = await failure(tenant, {
        timeout: kind === "stall" ? 20 : 60_000,
        retry: { maxAttempts: 2 },
      });
      assertEquals([error.code, error.status, error.attempts, error.requestId], [
        expected[kind],
        null,
        2,
        null,
      ]);
      assertEquals(error.cause instanceof Error, kind === "drop");
      assert(error.hint);
      tenant.clearFaults();
    }
  },
);

const REFUSED = [400, 402, 403, 404, 405, 406, 409, 410, 412, 413, 415, 422, 423, 451, 501, 505];

emulatorTest("removeProfilePhoto() does not try again after a refusal", async (tenant) => {
  for (const code of REFUSED) {
    const before = tenant.counts.graph;
    tenant.fault(status(code, { retryAfter: "1" }));
    const { error, sleeps } = await failure(tenant);
    assertEquals([error.status, error.attempts, sleeps.length], [code, 1, 0]);
    assertEquals(tenant.counts.graph - before, 1);
  }
  assert(tenant.directory.hasPhoto(ALEX.user));
});

/** Whether the photo may have gone with the first attempt: "no photo" on the second then means that it did. */
const AMBIGUOUS: readonly [Fault, outcome: "removed" | "absent"][] = [
  [{ kind: "drop", applied: true }, "removed"],
  [{ kind: "truncate" }, "removed"],
  [{ kind: "stall", applied: true }, "removed"],
  ...[500, 502, 503, 504].map(
    (code): [Fault, "removed"] => [status(code, { applied: true }), "removed"],
  ),
  [status(429, { applied: true }), "absent"], // turned away at the door, as far as the client can know
];

for (const [fault, outcome] of AMBIGUOUS) {
  const what = fault.kind === "status" ? fault.status : fault.kind;
  emulatorTest(`removeProfilePhoto() reports ${outcome} for no photo after ${what}`, async (tenant) => {
    tenant.fault(fault);
    const result = await remove(tenant, { timeout: fault.kind === "stall" ? 300 : 60_000 });
    assertEquals([result.outcome, result.status, result.graphCode], [outcome, 404, "ImageNotFound"]);
    assert(!tenant.directory.hasPhoto(ALEX.user));
  });
}

emulatorTest(
  "removeProfilePhoto() remembers an ambiguous attempt through later throttling",
  async (tenant) => {
    tenant.fault(status(503, { applied: true }));
    tenant.fault(status(429));
    assertEquals((await remove(tenant)).outcome, "removed");
  },
);

emulatorTest(
  "removeProfilePhoto() with whatIf reports absent for no photo after any failure",
  async (tenant) => {
    const lee = { ...await connected(tenant), whatIf: true };
    for (const fault of [status(503), { kind: "drop" } as const]) {
      tenant.fault(fault);
      assertEquals((await removeByClock({ user: "lee@contoso.com" }, lee)).outcome, "absent");
    }
  },
);

emulatorTest("removeProfilePhoto() does wait, by the clock of the machine", async (tenant) => {
  tenant.fault(status(429, { retryAfter: "1" }));
  await removeProfilePhoto(ALEX, await connected(tenant));
  const [first, second] = tenant.requests;
  const waited = second!.receivedAt - first!.answeredAt!;
  assert(waited >= 999, `${waited} ms`); // a timer counts whole ms
});

/** The smallest picture there is, as a photo to remove again. */
const PNG = Uint8Array.fromBase64(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
);
