/** What each fault leads to stands in tests/matrix; here is what only a single removal does. */
import type { Emulator, Fault } from "../../lib/emulator/mod.ts";
import { GraphError } from "../../lib/errors.ts";
import { removeProfilePhoto } from "../../lib/remove_profile_photo.ts";
import { assert, assertEquals, assertRejects } from "../deps/assert.ts";
import { ALEX, connected, emulatorTest, removeByClock } from "../support/emulated.ts";
import { fakeClock } from "../support/fake_clock.ts";

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

emulatorTest("removeProfilePhoto() tries again, by back-off or Retry-After", async (tenant) => {
  tenant.fault(status(503));
  tenant.fault(status(429, { retryAfter: "7" }));
  const { outcome, attempts, sleeps } = await remove(tenant);
  assertEquals([outcome, attempts], ["removed", 3]);
  assertEquals([...sleeps], [500, 7000]); // half of 1 s, by the clock's dice; then what was asked
});

emulatorTest("removeProfilePhoto() throws what became of its last attempt", async (tenant) => {
  const expected = { drop: "ConnectionLost", stall: "TimedOut", status: "ServiceUnavailable" } as const;
  for (const kind of ["drop", "stall", "status"] as const) {
    tenant.fault({ kind, status: 503, times: Infinity } as Fault);
    const { error, sleeps } = await failure(tenant, {
      timeout: kind === "stall" ? 20 : 60_000,
      retry: { maxAttempts: 4, baseDelay: 10, maxDelay: 15 },
    });
    assertEquals([error.code, error.status, error.attempts], [
      expected[kind],
      kind === "status" ? 503 : null,
      4,
    ]);
    assertEquals([...sleeps], [5, 7.5, 7.5]);
    assertEquals([error.cause instanceof Error, error.requestId === null], [
      kind === "drop",
      kind !== "status",
    ]);
    assert(error.hint);
    tenant.clearFaults();
  }
});

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
