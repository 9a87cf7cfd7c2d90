import { assertEquals } from "../deps/assert.ts";
import { byToken, graphRequests, run, tenantTest } from "./support.ts";

const GROUP = "0c000000-0000-4000-8000-000000000001";
const OTHER_GROUP = "0c000000-0000-4000-8000-000000000002";
const ALEX = "alex@contoso.com";
const GRADY = "grady@contoso.com";

/** A command line as a PowerShell user types it, and in plain words. */
const SPELLINGS: readonly (readonly [powershell: string, plain: string])[] = [
  [`-UserId ${ALEX} -WhatIf`, `user ${ALEX} --what-if`],
  [`-UserId ${ALEX},${GRADY} -WhatIf`, `user ${ALEX} ${GRADY} --what-if`],
  [`-UserId ${ALEX}, ${GRADY} -WhatIf`, `user ${ALEX} ${GRADY} --what-if`],
  [`-UserId:${ALEX},${GRADY} -WhatIf`, `user ${ALEX} ${GRADY} --what-if`],
  [`-userid ${ALEX} -whatif`, `user ${ALEX} --what-if`],
  [`-USERID ${ALEX} -WHATIF:$TRUE`, `user ${ALEX} --what-if`],
  [`-WhatIf -UserId ${ALEX}`, `user ${ALEX} --what-if`],
  [`-UserId $servicedesk@contoso.com -WhatIf`, `user $servicedesk@contoso.com --what-if`],
  [`user -UserId ${ALEX} -WhatIf`, `user ${ALEX} --what-if`],
  [`User -UserId ${ALEX} -WhatIf`, `user ${ALEX} --what-if`],
  [`--what-if user -UserId ${ALEX}`, `user ${ALEX} --what-if`],
  [`user ${ALEX} -UserId ${GRADY} -WhatIf`, `user ${ALEX} ${GRADY} --what-if`],
  [`user ${ALEX} -dryrun -v`, `user ${ALEX} --dry-run --verbose`],
  [`-Me -WhatIf`, `me --what-if`],
  [`me -Me -WhatIf`, `me --what-if`],
  [`-GroupId ${GROUP} -WhatIf`, `group ${GROUP} --what-if`],
  [`-GroupId ${GROUP},${OTHER_GROUP} -WhatIf`, `group ${GROUP} ${OTHER_GROUP} --what-if`],
  [`-UserId ${ALEX} -Confirm -WhatIf`, `user ${ALEX} --confirm --what-if`],
  [
    `-UserId ${ALEX} -WhatIf -ErrorAction Stop -Output:json`,
    `user ${ALEX} -n --error-action stop --output json`,
  ],
  [`-UserId ${ALEX} -WhatIf -erroraction continue -OUTPUT CSV`, `user ${ALEX} -n --output csv`],
  [
    `-UserId ${ALEX} -WhatIf -Timeout 5 -MaxAttempts 2 -Concurrency 1`,
    `user ${ALEX} -n --timeout=5 --max-attempts=2`,
  ],
  [`-UserId ${ALEX} --what-if -q`, `user ${ALEX} -nq`],
  // The literal list in quotes, as PowerShell 7 hands it on, and as cmd does with a single one.
  [`-UserId '${ALEX}','${GRADY}' -WhatIf`, `user ${ALEX} ${GRADY} --what-if`],
  [`-UserId "${ALEX}", "${GRADY}" -WhatIf`, `user ${ALEX} ${GRADY} --what-if`],
  [`user '$servicedesk@contoso.com' \u201c${ALEX}\u201d -WhatIf`, `user $servicedesk@contoso.com ${ALEX} -n`],
  // A list in a variable, with and without a colon.
  [`-UserId ${ALEX} ${GRADY} -WhatIf`, `user ${ALEX} ${GRADY} --what-if`],
  [`-UserId:${ALEX} -UserId:${GRADY} -WhatIf`, `user ${ALEX} ${GRADY} --what-if`],
  [`-UserId ${ALEX} ,${GRADY} -WhatIf`, `user ${ALEX} ${GRADY} --what-if`],
  [`-UserId ${ALEX} , ${GRADY} -WhatIf`, `user ${ALEX} ${GRADY} --what-if`],
  // What a function hands on with @args.
  [`-UserId: ${ALEX},${GRADY} -WhatIf: True -Output: json`, `user ${ALEX} ${GRADY} --what-if --output json`],
  [`-UserId diego@contoso.com -Confirm: False`, `user diego@contoso.com --yes`],
  [`-WhatIf: False user henrietta@contoso.com`, `user henrietta@contoso.com`],
  [`-UserId ${ALEX} -WhatIf -ErrorAction SilentlyContinue`, `user ${ALEX} -n --error-action continue`],
  [`-UserId ${ALEX} -WhatIf -ErrorAction:Ignore`, `user ${ALEX} -n --error-action continue`],
  [`-UserId alex@contoso.com -Confirm:$false`, `user alex@contoso.com --yes`],
  [`-UserId diego@contoso.com -Force -Confirm:$False`, `user diego@contoso.com -y`],
  [`-UserId henrietta@contoso.com -WhatIf:$false -Force:$true`, `user henrietta@contoso.com`],
];

tenantTest(
  "PowerShell's spelling, in any case and mixed with the plain one, asks Graph for the same",
  async (tenant) => {
    const token = await tenant.issueToken({ user: "adele@contoso.com" });
    /** What one command line asks for; the emulator cannot tell two apart, so that they run one after the other. */
    const requestsOf = async (line: string) => {
      const before = graphRequests(tenant).length;
      const { code, stderr } = await run(tenant, line.split(" "), { env: byToken(tenant, token) });
      return {
        code,
        failed: stderr.includes("error:") ? stderr : "",
        sent: graphRequests(tenant).slice(before).sort(),
      };
    };
    const wrong = [];
    for (const [powershell, plain] of SPELLINGS) {
      const [typed, expected] = [await requestsOf(powershell), await requestsOf(plain)];
      if (
        JSON.stringify(typed) !== JSON.stringify(expected) || expected.code !== 0 ||
        expected.sent.length === 0
      ) {
        wrong.push({ powershell, typed, expected });
      }
    }
    assertEquals(wrong, []);
  },
);
