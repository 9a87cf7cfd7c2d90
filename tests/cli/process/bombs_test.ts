import {
  brotliCompressSync,
  constants,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from "node:zlib";
import { assert, assertEquals } from "../../deps/assert.ts";
import { PROCESS } from "../../support/command.ts";
import { environment, recordsOf, startCli } from "../../support/run_cli.ts";
import { serve } from "../../support/server.ts";

/** In bytes: of a body once it is decompressed, and of the memory of the process at its most. */
const BODY = 2 ** 27;
const MOST = 160 * 2 ** 20;

/** The encodings that runtimes know, and deflate as some servers send it. */
const ENCODINGS: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  gzip: gzipSync,
  deflate: deflateSync,
  "deflate raw": deflateRawSync,
  br: (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }),
  zstd: zstdCompressSync,
};

Deno.test("a compressed answer takes no more memory than it may have in all", {
  permissions: PROCESS,
  ignore: Deno.build.os !== "linux",
}, async () => {
  const names = Object.keys(ENCODINGS);
  let peak = 0;
  let pid = 0;
  await using graph = serve(async ({ path }) => {
    const at = Number(/user(\d)/.exec(path)?.[1]);
    const name = names[at];
    if (name === undefined) { // after all others
      const { stdout } = await new Deno.Command("cat", { args: [`/proc/${pid}/status`] }).output();
      peak = Number(/VmHWM:\s*(\d+)/.exec(new TextDecoder().decode(stdout))![1]) * 1024;
      return new Response(null, { status: 204 });
    }
    const body = ENCODINGS[name]!(new Uint8Array(BODY)) as Uint8Array<ArrayBuffer>;
    return new Response(body, { status: 403, headers: { "content-encoding": name.split(" ")[0]! } });
  });
  const ids = [...names, ""].map((_, at) => `user${at}@contoso.com`);
  const child = startCli(["user", ...ids, "--concurrency", "1", "--batch-size", "1"], {
    env: environment({ GRAPH_ENDPOINT: graph.url, GRAPH_ACCESS_TOKEN: "token" }),
  });
  pid = child.pid;
  const { stdout, stderr } = await child.output();
  const outcomes = recordsOf(new TextDecoder().decode(stdout)).map(({ outcome }) => outcome);
  assertEquals(outcomes, [...names.map(() => "failed"), "removed"], new TextDecoder().decode(stderr));
  assert(peak > 0 && peak < MOST, `${peak / 2 ** 20} MB`);
});
