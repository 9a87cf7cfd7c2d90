import { createRefusalWatch } from "../../lib/cli/refusals.ts";
import { CLOUDS } from "../../lib/cloud.ts";
import type { Emulator } from "../../lib/emulator/mod.ts";
import { type Outcome, outcomeResult, type PhotoResult } from "../../lib/result.ts";
import { assert, assertEquals, assertStringIncludes } from "../deps/assert.ts";
import { byToken } from "../support/command.ts";
import { type HostOptions, runAsApp } from "../support/run_in_process.ts";
import { tenantFileTest } from "../support/temporary.ts";
import { NONE } from "../support/test.ts";
import { userList } from "../support/users.ts";

const COUNT = 600;
const USERS = { users: COUNT };
/** The refusals that it takes, and all that can be in flight or waiting by then. */
const MOST = 50 + 2 * 4 * 20 + 4 * 20;

/** Runs with a list as an app that may only read. */
async function runAsReader(tenant: Emulator, args: readonly string[], options: HostOptions = {}) {
  const token = await tenant.issueToken({ roles: ["User.Read.All"] });
  const env = byToken(tenant, token);
  const result = await runAsApp(tenant, ["user", "-", ...args], { stdin: userList(COUNT), env, ...options });
  const outcomes = Map.groupBy(result.records(), ({ outcome }) => outcome);
  const refused = outcomes.get("failed") ?? [];
  assert(refused.every(({ code }) => code === "AccessDenied"));
  assertEquals([...outcomes.keys()], ["failed"]);
  return { ...result, refused: refused.length };
}

const WHY = "Graph refused 50 targets in a row. The token has User.Read.All; grant";

Deno.test(
  tenantFileTest(
    "with --yes, a run whose token lacks the permission stops with the reason",
    async (tenant) => {
      const { code, stderr, refused } = await runAsReader(tenant, ["--yes"]);
      assertEquals([code, refused >= 50 && refused <= MOST], [1, true], `${refused} were refused`);
      assertEquals(stderr.split(WHY).length, 2, stderr);
      assertStringIncludes(stderr, "\nStopping: no further targets are started.\n");
      assertStringIncludes(stderr, `\n  ${COUNT - refused} were not begun\n`);
      assertStringIncludes(stderr, "\nTo go on: run the same command again; ");
    },
    USERS,
  ),
);

Deno.test(tenantFileTest(
  "at a terminal, a run whose token lacks the permission asks whether to go on",
  async (tenant) => {
    for (const [words, goesOn] of [[["y", "y"], true], [["y", "n"], false], [["y", null], false]] as const) {
      const asked: string[] = [];
      const answer = (question: string) => (asked.push(question), words[asked.length - 1] ?? null);
      const { code, refused } = await runAsReader(tenant, [], { answer });
      assertEquals([code, goesOn ? refused === COUNT : refused <= MOST, asked.length], [1, true, 2]);
      assertStringIncludes(asked[1]!, WHY);
      assertStringIncludes(asked[1]!, "\nGo on with the others?\n");
    }
  },
  USERS,
));

/** A result whose photo Graph refused to remove, or another one. */
function resultOf(what: string): PhotoResult {
  const [outcome, code, graphCode] = what.split(" ") as [Outcome, string?, string?];
  const target = { user: "alex@contoso.com" };
  return {
    ...outcomeResult(target, outcome, null),
    code: code ?? null,
    graphCode: graphCode ?? null,
  } as PhotoResult;
}

const REFUSED = "failed AccessDenied ErrorAccessDenied";
const tokenWith = (...roles: string[]) => `e30.${btoa(JSON.stringify({ idtyp: "app", roles }))}.x`;
const [READER, WRITER] = ["User.Read.All", "ProfilePhoto.ReadWrite.All"].map((role) => tokenWith(role));

/** Tokens and results, and at which of these it is clear that the run cannot succeed. */
const STREAKS: readonly [what: string, token: string, results: string[], at: number | undefined][] = [
  ["50 refusals", READER!, Array(200).fill(REFUSED), 50],
  ["49 refusals", READER!, Array(49).fill(REFUSED), undefined],
  ["a token that may", WRITER!, Array(200).fill(REFUSED), undefined],
  ["a token that does not tell", "opaque", Array(200).fill(REFUSED), undefined],
  ["a success in between", READER!, [...Array(49).fill(REFUSED), "removed", ...Array(60).fill(REFUSED)], 100],
  ["rows that are no targets", READER!, [REFUSED, "failed InvalidTarget", ...Array(60).fill(REFUSED)], 51],
  ["other failures", READER!, Array(200).fill("failed NotFound"), undefined],
  ["different refusals", READER!, Array(200).fill([REFUSED, `${REFUSED}X`]).flat(), undefined],
];

for (const [what, token, results, at] of STREAKS) {
  Deno.test(`createRefusalWatch() tells when a run cannot succeed: ${what}`, NONE, async () => {
    const credential = { getToken: () => Promise.resolve({ token, expiresOnTimestamp: Infinity }) };
    const watch = createRefusalWatch({ credential, cloud: CLOUDS.global });
    const told: number[] = [];
    for (const [index, result] of results.entries()) {
      if (await watch(resultOf(result)) !== undefined) told.push(index + 1);
    }
    assertEquals(told, at === undefined ? [] : [at]);
  });
}
