import { assertEquals, assertStringIncludes } from "../deps/assert.ts";
import { jsonLines } from "../support/temporary.ts";
import { bulkCliTest, runBulk } from "./bulk_support.ts";

bulkCliTest(
  "a path with a drive and backslashes is used, and named, as it was typed",
  { posix: true }, // where these are names of files in a folder
  async (tenant, cwd) => {
    const [list, photos, report] = ["C:\\lists\\leavers.txt", "C:\\photos", "C:\\runs\\run.ndjson"];
    await Deno.writeTextFile(`${cwd}/${list}`, "alex@contoso.com\r\nnobody@contoso.com\r\n");
    const args = ["user", `-From:${list}`, "-Backup", photos, `--report=${report}`, "-Force"];
    const { code, stderr } = await runBulk(tenant, args, { cwd });
    assertEquals(code, 1, stderr);
    assertStringIncludes(stderr, `--resume "${report}"`);
    assertEquals((await jsonLines(`${cwd}/${report}`)).length, 2);
    assertEquals((await jsonLines(`${cwd}/${photos}/manifest.ndjson`)).length, 1);

    const missing = ["--from", "--resume", "--certificate", "--token-file"].map((
      option,
    ) => [option, "D:\\no\\x"]);
    for (
      const words of [...missing.map((words) => ["user", "alex@contoso.com", ...words]), [
        "restore",
        "D:\\no\\x",
      ]]
    ) {
      const env = { AZURE_CLIENT_SECRET: "" };
      const named = words.includes("--from") ? words.filter((word) => !word.includes("@")) : words;
      const wrong = await runBulk(tenant, named, { cwd, env });
      assertStringIncludes(wrong.stderr, '"D:\\no\\x"', named.join(" "));
    }
  },
);

/** Ids that lost a letter on their way, the bytes that arrive, and what is said of them. */
const LOST: readonly (readonly [name: string, bytes: readonly number[], said: string])[] = [
  ["as Windows PowerShell pipes it without $OutputEncoding", [0x6d, 0x3f, 0x40, 0x78], "set $OutputEncoding"],
  ["in a file that is neither UTF-8 nor UTF-16", [0x6d, 0xfc, 0x40, 0x78], "save the file as UTF-8"],
];

for (const [name, bytes, said] of LOST) {
  bulkCliTest(`an id that lost a letter ${name} is not looked for`, {}, async (tenant, cwd) => {
    const lines = new TextEncoder().encode("\r\nalex@contoso.com\r\n");
    await Deno.writeFile(`${cwd}/list.txt`, new Uint8Array([...bytes, ...lines]));
    const result = await runBulk(tenant, ["user", "--from", "list.txt", "--yes"], { cwd });
    const [lost, removed] = result.records();
    assertEquals([lost!.code, removed!.outcome, result.code], ["InvalidTarget", "removed", 1]);
    assertStringIncludes(String(lost!.message), `line 1: `);
    assertStringIncludes(String(lost!.message), said);
  });
}
