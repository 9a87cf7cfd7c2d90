import { type Arguments, formatArguments, parseArguments } from "../../lib/cli/arguments.ts";
import { UsageError } from "../../lib/cli/errors.ts";
import { openTargets } from "../../lib/cli/input/targets.ts";
import { assertEquals, assertRejects } from "../deps/assert.ts";
import { SILENT_HOST } from "../support/silent_host.ts";
import { IS_WINDOWS, NONE } from "../support/test.ts";

const GROUP = "0c000000-0000-4000-8000-000000000001";
const OTHER_GROUP = "0c000000-0000-4000-8000-000000000002";

/** A command line as a PowerShell user types it, and in plain words. */
const SPELLINGS: readonly (readonly [powershell: string, plain: string])[] = [
  ["-UserId a@b.c -WhatIf", "user a@b.c --what-if"],
  ["-UserId a@b.c,d@e.f -WhatIf", "user a@b.c d@e.f --what-if"],
  ["-UserId a@b.c, d@e.f -WhatIf", "user a@b.c d@e.f --what-if"],
  ["-UserId:a@b.c,d@e.f -WhatIf", "user a@b.c d@e.f --what-if"],
  ["-userid a@b.c -whatif", "user a@b.c --what-if"],
  ["-USERID a@b.c -WHATIF:$TRUE", "user a@b.c --what-if"],
  ["-WhatIf -UserId a@b.c", "user a@b.c --what-if"],
  ["-UserId $desk@b.c -WhatIf", "user $desk@b.c --what-if"],
  ["user -UserId a@b.c -WhatIf", "user a@b.c --what-if"],
  ["User -UserId a@b.c -WhatIf", "user a@b.c --what-if"],
  ["--what-if user -UserId a@b.c", "user a@b.c --what-if"],
  ["user a@b.c -UserId d@e.f -WhatIf", "user a@b.c d@e.f --what-if"],
  ["user a@b.c -dryrun -v", "user a@b.c --dry-run --verbose"],
  ["-Me -WhatIf", "me --what-if"],
  ["me -Me -WhatIf", "me --what-if"],
  [`-GroupId ${GROUP} -WhatIf`, `group ${GROUP} --what-if`],
  [`-GroupId ${GROUP},${OTHER_GROUP} -WhatIf`, `group ${GROUP} ${OTHER_GROUP} --what-if`],
  ["-UserId a@b.c -Confirm -WhatIf", "user a@b.c --confirm --what-if"],
  ["-UserId a@b.c -WhatIf -ErrorAction Stop -Output:json", "user a@b.c -n --error-action stop --output json"],
  ["-UserId a@b.c -ErrorAction continue -OUTPUT CSV", "user a@b.c --error-action=continue --output csv"],
  ["-UserId a@b.c -Timeout 5 -MaxAttempts 2", "user a@b.c --timeout=5 --max-attempts=2"],
  ["-UserId a@b.c --what-if -q", "user a@b.c -nq"],
  ["user a@b.c --json", "user a@b.c --output json"],
  ["user a@b.c -Csv", "user a@b.c -o csv"],
  ["-V", "--version"],
  ["-UserId a@b.c -wi -ea Stop -vb", "user a@b.c --what-if --error-action stop --verbose"],
  ["-UserId a@b.c -WI:$true -cf", "user a@b.c --what-if --confirm"],
  ["-UserId a@b.c -cf:$false -EA:Ignore", "user a@b.c --yes --error-action continue"],
  // A list in a variable, with and without a colon.
  ["-UserId a@b.c d@e.f -WhatIf", "user a@b.c d@e.f --what-if"],
  ["-UserId:a@b.c -UserId:d@e.f -WhatIf", "user a@b.c d@e.f --what-if"],
  ["-UserId a@b.c ,d@e.f -WhatIf", "user a@b.c d@e.f --what-if"],
  ["-UserId a@b.c , d@e.f -WhatIf", "user a@b.c d@e.f --what-if"],
  // What a function passes on with @args.
  ["-UserId: a@b.c,d@e.f -WhatIf: True -Output: json", "user a@b.c d@e.f --what-if --output json"],
  ["-UserId a@b.c -Confirm: False", "user a@b.c --yes"],
  ["-WhatIf: False user a@b.c", "user a@b.c"],
  ["-UserId a@b.c -ErrorAction SilentlyContinue", "user a@b.c --error-action continue"],
  ["-UserId a@b.c -ErrorAction:Ignore", "user a@b.c --error-action continue"],
  ["-UserId a@b.c -Confirm:$false", "user a@b.c --yes"],
  ["-UserId a@b.c -Force -Confirm:$False", "user a@b.c -y"],
  ["-UserId a@b.c -WhatIf:$false -Force:$true", "user a@b.c --yes"],
];

const parse = (line: string) => parseArguments(line.split(" "));

Deno.test("parseArguments() reads PowerShell's spelling, in any case, like the plain one", NONE, async () => {
  for (const [powershell, plain] of SPELLINGS) {
    assertEquals(await parse(powershell), await parse(plain), powershell);
  }
});

Deno.test("parseArguments() accepts a command in any case, before or after its options", NONE, async () => {
  const expected = await parse("user a@b.c --what-if --output json");
  for (const line of ["USER a@b.c -n --output json", "-n --output json User a@b.c"]) {
    assertEquals(await parse(line), expected, line);
  }
});

/** Lists of ids in PowerShell's spelling, and what is in them. */
const LISTS: readonly (readonly [words: string[], ids: string[], on: string[]])[] = [
  [["-UserId", "a,--yes"], ["a", "--yes"], []],
  [["-UserId:--yes,b", "-n"], ["--yes", "b"], ["what-if"]],
  [["-UserId", "-WhatIf", "a,b"], ["a,b"], ["what-if"]],
  [["-UserId", "a,-", "--", "-n"], ["a", "-", "-n"], []],
];

Deno.test("parseArguments() tells the ids of a list from options", NONE, async () => {
  for (const [words, ids, on] of LISTS) {
    const { command, operands, flags } = await parseArguments(words);
    const given = Object.entries(flags).filter(([, flag]) => flag).map(([name]) => name);
    assertEquals([command, operands, given], ["user", ids, on], words.join(" "));
  }
  const { values, operands } = await parseArguments(["-UserId", "--report=a,b", "c@d.e"]);
  assertEquals([values, operands], [{ report: "a,b" }, ["c@d.e"]]);
});

Deno.test("parseArguments() does not mistake names that every object has for its own", NONE, async () => {
  for (
    const word of ["-constructor", "-Constructor:a", "--constructor", "--yes=constructor", "--__proto__=a"]
  ) {
    await assertRejects(() => parseArguments(["user", "a@b.c", word]), UsageError);
  }
  await assertRejects(() => parseArguments(["constructor"]), UsageError, 'Unknown command "constructor"');
});

/** Words as shells pass them on and mail programs copy them, and the ids in them. */
const QUOTED: readonly (readonly [words: string[], ids: string[]])[] = [
  [["-UserId", "'a@b.c','d@e.f'"], ["a@b.c", "d@e.f"]], // PowerShell 7
  [["-UserId", '"a@b.c",', '"d@e.f"'], ["a@b.c", "d@e.f"]],
  [["user", "'$desk@b.c'", "\u201ca@b.c\u201d", " \u2018d@e.f\u2019"], ["$desk@b.c", "a@b.c", "d@e.f"]],
  [["user", "miriam.o'neil@b.c"], ["miriam.o'neil@b.c"]],
  [["user", "mailto:a@b.c", "<d@e.f>", "SMTP:a@b.c", "\u200bd@e.f\u202c", "<mailto:a@b.c>"], [
    "a@b.c",
    "d@e.f",
    "a@b.c",
    "d@e.f",
    "a@b.c",
  ]],
];

Deno.test("openTargets() takes off what stands around an id", NONE, async () => {
  for (const [words, ids] of QUOTED) {
    const options = { stopSignal: new AbortController().signal, isCounted: false };
    const { targets } = await openTargets(await parseArguments(words), SILENT_HOST, options);
    assertEquals(await Array.fromAsync(targets), ids.map((user) => ({ user })));
  }
});

const given = (more: Partial<Arguments>): Arguments => ({
  command: "user",
  operands: [],
  flags: {},
  values: {},
  ...more,
});

/** Arguments, and the line that gives them again. */
const LINES: readonly (readonly [args: Arguments, line: string])[] = [
  [
    given({ values: { from: "leavers.csv", resume: "run.ndjson" } }),
    "user --from leavers.csv --resume run.ndjson",
  ],
  [given({ operands: ["-"], flags: { yes: true, quiet: false } }), "user - --yes"],
  [given({ values: { from: "-", column: "-x" } }), "user --from - --column=-x"],
  [given({ operands: ["-x", "a@b.c"], flags: { yes: true } }), "user --yes -- -x a@b.c"],
  [given({ operands: ["$desk@b.c", "miriam.o'neil@b.c"] }), `user '$desk@b.c' "miriam.o'neil@b.c"`],
  [given({ operands: ["o'$x@b.c", "a#EXT#@b.c"] }), `user 'o'\\''$x@b.c' "a#EXT#@b.c"`],
  [given({ values: { report: "C:\\my runs\\run.ndjson" } }), 'user --report "C:\\my runs\\run.ndjson"'],
  [
    given({ values: { backup: "photos\\" } }),
    IS_WINDOWS ? 'user --backup "photos\\\\"' : "user --backup 'photos'\\\\''",
  ],
];

Deno.test("formatArguments() quotes what a shell would change", NONE, () => {
  for (const [args, line] of LINES) assertEquals(formatArguments(args), `remove-profile-photo ${line}`);
});
