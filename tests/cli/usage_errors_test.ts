import { assertEquals, assertMatch } from "../deps/assert.ts";
import { runAsApp, runInProcess } from "../support/run_in_process.ts";
import { tenantFileTest } from "../support/temporary.ts";
import { NONE } from "../support/test.ts";

const ALEX = "alex@contoso.com";

/** What is typed, and what standard error must say. */
const USAGE_ERRORS: readonly (readonly [args: readonly string[], ...says: RegExp[]])[] = [
  [[], /me, user or group/, /remove-profile-photo user/],
  [["usr", ALEX], /Unknown command "usr"/, /did you mean user\?/i],
  [["gorup", "x"], /did you mean group\?/i],
  [["xyzzy"], /Unknown command "xyzzy"/, /me, user, group/],
  [[ALEX], /remove-profile-photo user alex@contoso\.com/],
  [["help", "usr"], /did you mean user\?/i],
  [["user", ALEX, "--what-iff"], /Unknown option --what-iff/, /did you mean --what-if\?/i],
  [["user", ALEX, "-WhatIff"], /Unknown option -WhatIff/, /did you mean --what-if\?/i],
  [["user", ALEX, "--cluod", "emulator"], /Unknown option --cluod/, /did you mean --cloud\?/i],
  [["user", ALEX, "--ouput=json"], /Unknown option --ouput/, /did you mean --output\?/i],
  [["user", ALEX, "--zzzzzz"], /Unknown option --zzzzzz/, /--help/],
  [["user", ALEX, "-z"], /Unknown option -z/],
  [["user", ALEX, "-Out", "json"], /Unknown option -Out/, /did you mean --output\?/i],
  [["user", ALEX, "-f", "x.csv"], /Unknown option -f/, /--from/],
  [["user", ALEX, "\u2013WhatIf"], /"\u2013WhatIf" .*typographic dash/, /did you mean --what-if\?/i],
  [["user", ALEX, "\u2013\u2013what-if"], /typographic dash/, /did you mean --what-if\?/i],
  [["user", ALEX, "\u2014Zebra"], /"\u2014Zebra" .*typographic dash/],
  [["user", "\u2013"], /"\u2013" .*typographic dash/],
  [["user", "\u2212UserId", ALEX], /typographic dash/],
  [
    ["user", `${ALEX},lee@contoso.com`],
    /"alex@contoso\.com,…" is not the id of one user/,
    /comma/,
    /spaces/,
    /-UserId a,b/,
  ],
  [["group", "a,b"], /comma/, /-GroupId a,b/],
  [["user", ALEX, "-Report=run", ".ndjson"], /splits -Report=run\.ndjson at the dot/, /--report run\.ndjson/],
  [["user", ALEX, "--client-secret", "x"], /secret is never an argument/, /AZURE_CLIENT_SECRET/],
  [["user", ALEX, "-Secret:x"], /secret is never an argument/, /AZURE_CLIENT_SECRET/],
  [["user", ALEX, "--token", "x"], /secret is never an argument/, /GRAPH_ACCESS_TOKEN/],
  [["user", ALEX, "-AccessToken", "x"], /secret is never an argument/, /GRAPH_ACCESS_TOKEN/],
  [["user", ALEX, "--password=x"], /secret is never an argument/, /AZURE_CLIENT_CERTIFICATE_PASSWORD/],
  [["user", ALEX, "--output"], /--output needs a value/, /table, failures, ndjson, json, csv, none/],
  [["user", ALEX, "-ErrorAction", "Inquire"], /Unknown --error-action "Inquire"/, /continue, stop/],
  [["user", ALEX, "--output="], /--output needs a value/],
  [["user", ALEX, "--output", "--what-if"], /--output needs a value/],
  [["user", ALEX, "--output", "xml"], /Unknown --output "xml"/, /table, failures, ndjson, json, csv, none/],
  [["user", ALEX, "--cloud", "mars"], /Unknown --cloud "mars"/, /global, usgov, usgovdod, china, emulator/],
  [["user", ALEX, "--error-action", "panic"], /Unknown --error-action "panic"/, /continue, stop/],
  [["user", ALEX, "--what-if=maybe"], /--what-if takes no value/, /"maybe"/],
  [["user", ALEX, "--what-if=constructor"], /--what-if takes no value/, /"constructor"/],
  [["-constructor", ALEX], /Unknown option -constructor/],
  [["user", ALEX, "--timeout", "soon"], /--timeout must be a number/, /"soon"/],
  [["user", ALEX, "--timeout", "0"], /timeout/, /\b0\b/],
  [["user", ALEX, "--concurrency", "0"], /concurrency/, /\b0\b/],
  [["user", ALEX, "--concurrency", "1.5"], /concurrency/, /1\.5/],
  [["user", ALEX, "--max-attempts", "0"], /max-?attempts/i, /\b0\b/],
  [["user", ALEX, "--output", "json", "--output", "csv"], /--output was given 2 times/],
  [["user", ALEX, "--output", "json", "-Output:csv"], /--output was given 2 times/],
  [["user", ALEX, "--since", "2026-01-31"], /user has no option --since/, /remove-profile-photo user --help/],
  [["doctor", "--what-if"], /doctor has no option --what-if/],
  [["doctor", ALEX], /doctor takes no ids/],
  [["doctor", "--output", "csv"], /--output of doctor/, /table, ndjson, json, none/, /"csv"/],
  [["completions"], /which shell/, /bash, zsh, fish, powershell/, /completions --help/],
  [["completions", "zhs"], /"zhs"/, /did you mean zsh\?/i],
  [["completions", "Fihs"], /"Fihs"/, /did you mean fish\?/i],
  [["completions", "nushell"], /"nushell"/, /bash, zsh, fish, powershell/],
  [["completions", "bash", "zsh"], /one shell/, /"zsh"/],
  [["completions", "bash", "--output", "json"], /completions has no option --output/],
  [["completoins", "bash"], /did you mean completions\?/i],
  [["emulator", "--cloud", "usgov"], /emulator has no option --cloud/],
  [["emulator", "--port", "99999"], /--port must be a number from 0 to 65535/],
  [["emulator", "--port", "http"], /--port must be a number/, /"http"/],
  [["user"], /which user/, /remove-profile-photo user --help/],
  [["group"], /which group/, /remove-profile-photo group --help/],
  [["-UserId"], /which user/],
  [["me", ALEX], /me takes no ids/, /remove-profile-photo user/],
  [["user", ""], /must not be empty/],
  [["user", "a/b@contoso.com"], /must not contain any of/, /"a\/b@contoso\.com"/],
  [["user", "a b@contoso.com"], /white space/],
  [["user", ALEX, ".."], /Users are identified by/],
  [["user", "a\x1b[31mb"], /control characters/],
  [["user", ALEX, "whatif"], /"whatif" is not a user id/, /did you mean --what-if\?/i],
  [["user", ALEX, "WhatIf"], /did you mean --what-if\?/i],
  [["user", ALEX, "dry-run"], /did you mean --what-if\?/i],
  [["user", ALEX, "whatiff"], /did you mean --what-if\?/i],
  [["user", ALEX, "confirm"], /"confirm" is not a user id/, /did you mean --confirm\?/i],
  [["user", ALEX, "yes"], /"yes" is not a user id/, /Options begin with a hyphen/],
  [["user", ALEX, "force"], /"force" is not a user id/, /Options begin with a hyphen/],
  [["user", "me"], /"me" is not a user id/, /remove-profile-photo me/],
  [["user", "alex"], /"alex" is not a user id/, /userPrincipalName \(name@domain\)/],
  [["user", "Alex Wilber"], /"Alex Wilber" is not a user id/, /white space/],
  [["user", "leavers.csv"], /"leavers\.csv" is not a user id/, /did you mean --from leavers\.csv\?/i],
  [["user", "@leavers.txt"], /did you mean --from leavers\.txt\?/i],
  [["user", "tests/cli"], /must not contain any of/],
  [["user", "deno.json"], /did you mean --from deno\.json\?/i],
  [["group", "LICENSE"], /did you mean --from LICENSE\?/i],
  [["user", "System.Object[]"], /PowerShell passed something else than an id/],
  [["user", "$null"], /PowerShell passed something else than an id/],
  [["user", `${ALEX};grady@contoso.com`], /"alex@contoso\.com;…".*semicolon/, /spaces/],
  [["user", `${ALEX}:7`], /"alex@contoso\.com:7" is not a user id/],
  [["user", `${ALEX}\tWinter-Pa55word`], /"alex@contoso\.com…" is not a user id/],
  [["-UserId", `${ALEX},grady`], /"grady" is not a user id/],
  [["user"], /To read ids from a pipe, add -: remove-profile-photo user -; from a file: --from FILE/],
  [["user", "--yes"], /which user/, /add -: /],
  [["user", "-Identity", ALEX], /Unknown option -Identity/, /did you mean -UserId or -GroupId\?/i],
  [["user", "-UserPrincipalName", ALEX], /did you mean -UserId\?/i],
  [["user", "-ObjectId:x"], /did you mean -UserId or -GroupId\?/i],
  [["user", "--file", "leavers.txt"], /did you mean --from\?/i],
  [["user", "-Path", "leavers.txt"], /did you mean --from\?/i],
  [["user", "-InputFile", "leavers.txt"], /did you mean --from\?/i],
  [["login"], /Unknown command "login"/, /remove-profile-photo doctor/],
  [["undo"], /remove-profile-photo restore FOLDER/],
  [["delete", ALEX], /remove-profile-photo user ID/],
  [["rm"], /remove-profile-photo user ID/],
  [["Remove-UserPhoto", "x"], /remove-profile-photo user ID/],
  [["version"], /remove-profile-photo --version/],
  [["list"], /--what-if/],
  [
    ["user", "--from", "deno.json", "--column", ALEX, "--yes"],
    /--column takes the name of a column, not an id/,
  ],
  [["group", "marketing"], /"marketing" is not a group id/, /GUID/],
  [["group", ALEX], /not a group id/, /GUID/],
  [["contact", "bob"], /contact/, /user and group photos, not Outlook contact photos/],
  [
    ["team", "sales"],
    /team shows the photo of its group/,
    /remove-profile-photo user ID or remove-profile-photo group ID/,
  ],
  [["user", "-GroupId", "x"], /-GroupId cannot be combined with the command user/],
  [["user", ALEX, "--confirm"], /no terminal/, /--yes/, /--what-if/],
  [["user", ALEX, "--confirm", "--yes"], /--confirm and --yes contradict/],
  [["user", ALEX, "-Confirm", "-Force"], /--confirm and --yes contradict/],
  [["user", ALEX, "--graph-endpoint", "http://graph.microsoft.com"], /must be https/, /loopback/],
  [["user", ALEX, "--authority-host", "http://login.microsoftonline.com"], /must be https/, /loopback/],
  [["user", ALEX, "--graph-endpoint", "https://graph.microsoft.com/v1.0"], /must be the root/],
  [["user", ALEX, "--graph-endpoint", "graph.microsoft.com"], /must be a URL/],
  [["user", ALEX, "--graph-endpoint", "file:///etc"], /must be https/],
  [["doctor", "--graph-endpoint", "http://graph.microsoft.com"], /must be https/, /loopback/],
  [["doctor", "--graph-endpoint", "https://graph.microsoft.com/v1.0"], /must be the root/],
  [["user", ALEX, "--tenant-id", "a/b"], /tenant id/, /letters, digits/],
  [["user", ALEX, "--client-id", "a b"], /client id/],
];

Deno.test(
  tenantFileTest("invalid arguments exit 2, say what to type, and nothing is sent", async (tenant) => {
    for (const [args, ...says] of USAGE_ERRORS) {
      const { code, stdout, stderr } = await runAsApp(tenant, args);
      assertEquals(
        [code, stdout, stderr.startsWith("error: ")],
        [2, "", true],
        `${args.join(" ")}: ${stderr}`,
      );
      for (const expected of says) assertMatch(stderr, expected);
    }
    assertEquals(tenant.requests.length, 0);
  }),
);

/** Words that are nearly options that skip a question. */
const NEAR_YES = [["-Forse"], ["--yess"], ["--yse"], ["-ye"], ["-forc"], ["yes"], ["force"], ["yess"], [
  "\u2013Force",
]];

Deno.test("no suggestion skips a question", { permissions: { read: true } }, async () => {
  for (const words of NEAR_YES) {
    const { code, stderr } = await runInProcess(["user", ALEX, ...words]);
    assertEquals([code, /(?<!option )(--yes\b|--force\b|-y\b|--from\b)/i.test(stderr)], [2, false], stderr);
  }
});

/** Wrong for everybody: no credential is needed to know that. */
const WITHOUT_CREDENTIAL = [
  ["user", ALEX, "--output", "xml"],
  ["user", "a/b"],
  ["user", ALEX, "--timeout", "soon"],
  ["user", ALEX, "--concurrency", "0"],
  ["user", ALEX, "--max-attempts", "0"],
  ["user", ALEX, "--graph-endpoint", "http://graph.microsoft.com"],
  ["doctor", "--authority-host", "https://login.microsoftonline.com/contoso"],
];

Deno.test("a usage error is reported before a missing credential is", NONE, async () => {
  for (const args of WITHOUT_CREDENTIAL) {
    assertEquals((await runInProcess(args)).code, 2, args.join(" "));
  }
});
