import { assertEquals, assertMatch, assertStringIncludes } from "../deps/assert.ts";
import { byToken, graphRequests, outcomes } from "../support/command.ts";
import { emulatorTest } from "../support/emulated.ts";
import { mapConcurrently } from "../support/promises.ts";
import { runAsApp } from "../support/run_in_process.ts";

const GROUP = "0c000000-0000-4000-8000-000000000001";
const GUEST = "pradeep_fabrikam.com#EXT#@contoso.onmicrosoft.com";

/** What is typed, what Graph receives, and the outcome. */
const TARGETS: readonly {
  args: string[];
  request: string;
  outcome: string;
  code: number;
  delegated?: boolean;
}[] = [
  {
    args: ["user", "alex@contoso.com"],
    request: "/users/alex@contoso.com/photo",
    outcome: "removed",
    code: 0,
  },
  {
    args: ["user", "0a000000-0000-4000-8000-000000000003"],
    request: "/users/0a000000-0000-4000-8000-000000000003/photo",
    outcome: "removed",
    code: 0,
  },
  {
    args: ["user", GUEST],
    request: "/users/pradeep_fabrikam.com%23EXT%23@contoso.onmicrosoft.com/photo",
    outcome: "removed",
    code: 0,
  },
  {
    args: ["user", "miriam.o'neil@contoso.com"],
    request: "/users/miriam.o'neil@contoso.com/photo",
    outcome: "removed",
    code: 0,
  },
  {
    args: ["user", "$servicedesk@contoso.com"],
    request: "/users('$servicedesk@contoso.com')/photo",
    outcome: "removed",
    code: 0,
  },
  { args: ["group", GROUP], request: `/groups/${GROUP}/photo`, outcome: "removed", code: 0 },
  { args: ["me"], request: "/me/photo", outcome: "removed", code: 0, delegated: true },
  { args: ["user", "lee@contoso.com"], request: "/users/lee@contoso.com/photo", outcome: "absent", code: 0 },
  { args: ["user", "bob@contoso.com"], request: "/users/bob@contoso.com/photo", outcome: "failed", code: 1 },
  {
    args: ["group", GROUP.replace("0c", "ff")],
    request: `/groups/${GROUP.replace("0c", "ff")}/photo`,
    outcome: "failed",
    code: 1,
  },
];

Deno.test(emulatorTest(
  "each target is one DELETE at its own address, and its outcome decides the exit code",
  async (tenant) => {
    const token = await tenant.issueToken({ scopes: ["User.ReadWrite"] });
    const runs = await mapConcurrently(
      TARGETS,
      ({ args, delegated }) => runAsApp(tenant, args, delegated ? { env: byToken(tenant, token) } : {}),
    );
    TARGETS.forEach(({ args, outcome, code }, at) => {
      const { records, code: actual, stderr } = runs[at]!;
      assertEquals([records().map((record) => record.outcome), actual], [[outcome], code], args.join(" "));
      assertMatch(stderr, new RegExp(`^1 ${outcome} in [\\d.]+ s\\n`));
    });
    assertEquals(
      graphRequests(tenant).sort(),
      [...TARGETS.map(({ request }) => `DELETE ${request}/$value`), "GET /users/lee@contoso.com?$select=id"]
        .sort(),
    );
  },
));

Deno.test(
  emulatorTest("--what-if sends GET, changes nothing, and exits 0 where a removal would", async (tenant) => {
    const ids = ["alex@contoso.com", "lee@contoso.com", "bob@contoso.com"];
    const expected = {
      "alex@contoso.com": "planned",
      "lee@contoso.com": "absent",
      "bob@contoso.com": "failed",
    };
    const spellings = ["--what-if", "-n", "--dry-run", "-WhatIf"];
    const runs = await mapConcurrently(
      [...spellings.map((spelling) => ["user", ...ids, spelling]), ["user", ids[0]!, ids[1]!, "-n"]],
      (args) => runAsApp(tenant, args),
    );
    assertEquals(runs.map(({ code }) => code), [1, 1, 1, 1, 0]);
    for (const looked of runs.slice(0, 4)) assertEquals(outcomes(looked), expected);
    assertStringIncludes(runs[0]!.stderr, "nothing was changed");
    assertEquals(new Set(graphRequests(tenant).map((request) => request.split(" ")[0])), new Set(["GET"]));
    assertEquals(tenant.directory.hasPhoto("alex@contoso.com"), true);
  }),
);

Deno.test(emulatorTest("a mix of outcomes exits 1 and is counted in the summary", async (tenant) => {
  const ids = ["bob@contoso.com", "alex@contoso.com", "lee@contoso.com", "diego@contoso.com"];
  const mixed = await runAsApp(tenant, ["user", ...ids]);
  assertEquals(mixed.code, 1);
  assertEquals(outcomes(mixed), {
    "bob@contoso.com": "failed",
    "alex@contoso.com": "removed",
    "lee@contoso.com": "absent",
    "diego@contoso.com": "removed",
  });
  for (const part of ["2 removed", "1 absent", "1 failed"]) assertStringIncludes(mixed.stderr, part);
}));

Deno.test(
  emulatorTest("--error-action decides whether the targets after a failure are attempted", async (tenant) => {
    const ids = ["alex@contoso.com", "bob@contoso.com", "diego@contoso.com", "grady@contoso.com"];
    const args = ["user", ...ids, "--concurrency", "1"];
    const stopped = await runAsApp(tenant, [...args, "--error-action", "stop"]);
    assertEquals([stopped.code, Object.values(outcomes(stopped))], [
      1,
      ["removed", "failed", "notAttempted", "notAttempted"],
    ]);
    assertStringIncludes(stopped.stderr, "2 not attempted");
    assertEquals(graphRequests(tenant).length, 2);
    const continued = await runAsApp(tenant, [...args, "--error-action", "continue"]);
    assertEquals([continued.code, Object.values(outcomes(continued)).toSorted()], [1, [
      "absent",
      "failed",
      "removed",
      "removed",
    ]]);
  }),
);

Deno.test(
  emulatorTest("repeating a removal is safe: the second time there is nothing to remove", async (tenant) => {
    for (const outcome of ["removed", "absent"]) {
      const { code, records } = await runAsApp(tenant, ["user", "alex@contoso.com"]);
      assertEquals([code, records()[0]!.outcome], [0, outcome]);
    }
  }),
);

Deno.test(emulatorTest("a transient failure is retried, and its attempts are recorded", async (tenant) => {
  tenant.fault({ kind: "status", status: 503, times: 1 });
  const { code, records } = await runAsApp(tenant, ["user", "alex@contoso.com"]);
  assertEquals([code, records()[0]!.outcome, records()[0]!.attempts], [0, "removed", 2]);
}));

Deno.test(
  emulatorTest("--timeout and --max-attempts limit how long a dead service is waited for", async (tenant) => {
    tenant.fault({ kind: "stall" });
    const args = ["user", "alex@contoso.com", "--timeout", "0.3", "--max-attempts", "1"];
    const { code, records } = await runAsApp(tenant, args);
    const { outcome, code: reason, attempts, status } = records()[0]!;
    assertEquals([code, outcome, reason, attempts, status], [1, "failed", "TimedOut", 1, null]);
  }),
);
