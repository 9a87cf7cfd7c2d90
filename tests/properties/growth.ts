/**
 * Whether what reads hostile input takes time in proportion to its size: each is given inputs made to be slow, of a
 * size and of sixteen times that. Not a test, as it measures time; part of `deno task fuzz`.
 */
import { decodeClaims } from "../../lib/auth/token_claims.ts";
import { parseEntraError, signInRefusedError } from "../../lib/auth/entra_errors.ts";
import { parsePem } from "../../lib/auth/pem.ts";
import { parseEntry } from "../../lib/backup/manifest.ts";
import { parseArguments } from "../../lib/cli/arguments.ts";
import { UsageError } from "../../lib/cli/errors.ts";
import { readRows } from "../../lib/cli/input/rows.ts";
import { printable } from "../../lib/cli/text.ts";
import { parseBatchResponse } from "../../lib/graph/batch.ts";
import { claimsChallenge } from "../../lib/graph/interpret_reply.ts";
import { parseErrorBody } from "../../lib/graph/error_body.ts";
import { createRedactor } from "../../lib/http/redact.ts";
import { parseRetryAfter } from "../../lib/http/retry_after.ts";
import { parseTarget } from "../../lib/target.ts";
import { readReport } from "../../lib/report.ts";
import { pieces } from "../support/input.ts";
import { nest } from "./hostile.ts";

type Make = (size: number) => string;

const of = (piece: string, before = "", after = ""): Make => (size) =>
  before + piece.repeat(Math.ceil(size / piece.length)) + after;

/** Texts that have been slow for somebody: runs, near misses of a pattern, deep nests. */
const ANY: Readonly<Record<string, Make>> = {
  "spaces": of(" "),
  "spaces and an end": of(" ", "x", "x"),
  "tabs": of("\t", "x"),
  "line ends": of("\n"),
  "CRLF": of("\r\n", "a", "b"),
  "carriage returns": of("\r"),
  "lines of space": of(" \n \r"),
  "letters": of("a"),
  "digits": of("9"),
  "quotes": of('"'),
  "a quote": of("a", '"'),
  "backslashes": of("\\"),
  "a text of backslashes": of("\\\\", '"', '"'),
  "commas": of(","),
  "quoted fields": of('"a""b",'),
  "dashes": of("-"),
  "percent signs": of("%"),
  "percent codes": of("%41%"),
  "brackets": (size) => nest(size / 2),
  "open brackets": of("["),
  "open braces": of('{"a":'),
  "NUL": of("\0"),
  "emoji": of("😀"),
};

async function readAll(text: string, size: number): Promise<void> {
  try {
    for await (const _ of readRows(pieces(new TextEncoder().encode(text), size), { kind: "user" }));
  } catch (error) {
    assertUsage(error);
  }
}

const SECRET = "aaaaaaaa%canary";
const { remember, redact } = createRedactor();
remember(SECRET);
const folder = await Deno.makeTempDir();

/** What reads such a text, and inputs made for it in particular. */
const READERS: Readonly<
  Record<string, [read: (text: string) => unknown, special?: Readonly<Record<string, Make>>]>
> = {
  "parsePem()": [parsePem, {
    "beginnings": of("-----BEGIN A-----\n"),
    "beginnings of beginnings": of("-----BEGIN "),
    "a label": of("A ", "-----BEGIN ", "-----\n"),
    "dashes in a block": of("-a", "-----BEGIN A-----\n"),
    "ends of other blocks": of("-----END B-----\n", "-----BEGIN A-----\n"),
    "a block": of("AAAA\n", "-----BEGIN A-----\n", "-----END A-----\n"),
    "headers": of("a: b\n", "-----BEGIN A-----\n", "-----END A-----\n"),
    "a header without a colon": of("a", "-----BEGIN A-----\n", "\n-----END A-----\n"),
    "blocks": of("-----BEGIN A-----\nAAAA\n-----END A-----\n"),
  }],
  "claimsChallenge()": [claimsChallenge, {
    "claims": of('claims="', 'error="insufficient_claims"'),
    "errors": of("error=insufficient_claim "),
    "a claim": of("A", 'error="insufficient_claims", claims="', '"'),
  }],
  "decodeClaims()": [decodeClaims, { "dots": of("."), "a payload": of("eyJ9", "e30.", ".x") }],
  "parseRetryAfter()": [(text) => parseRetryAfter(text, 0), { "a date": of(" ", "Sat, 04 Jul 2026", "GMT") }],
  "parseErrorBody()": [parseErrorBody, {
    "inner errors": (size) => nest(size / 16, '{"innerError":', "}", "{}"),
    "a message": of(" ", '{"error":{"message":"', '"}}'),
    "a message of JSON": of("{", '{"error":{"message":"', '"}}'),
  }],
  "parseEntraError()": [(text) => signInRefusedError("x", 400, parseEntraError(text)), {
    "codes": of("AADSTS1 ", '{"error_description":"', '"}'),
    "a list of codes": of("1,", '{"error_codes":[', "1]}"),
    "a description": of(" ", '{"error_description":"', '"}'),
  }],
  "parseBatchResponse()": [(text) => parseBatchResponse(text, 20), {
    "items": of('{"id":"1","status":200},', '{"responses":[', "{}]}"),
    "headers": of('"a":1,', '{"responses":[{"id":"1","status":200,"headers":{', '"a":1}}]}'),
  }],
  "parseEntry()": [parseEntry, { "an id": of("a", '{"target":"user","id":"', '"}') }],
  "parseTarget()": [(text) => {
    try {
      parseTarget({ user: text });
    } catch { /* what is asked is how long it takes */ }
  }],
  "redact()": [redact, {
    "a secret": of(SECRET),
    "nearly a secret": of("aaaaaaaa%25canar"),
    "an encoded secret": of(encodeURIComponent(SECRET)),
    "escapes": of("\\u0061"),
    "nested escapes": of("25", "%"),
    "beginnings of keys": of("-----BEGIN A PRIVATE KEY-----"),
    "nearly a token": of("eyJ"),
  }],
  "printable()": [printable],
  "parseArguments()": [async (text) => {
    const lines = [
      ["user", text],
      [`--${text}`],
      ["-UserId", text],
      [`-UserId:${text}`],
      text.split(/[ ,\n]/),
    ];
    for (const args of lines) await parseArguments(args).catch(assertUsage);
  }, {
    "ids": of("a,"),
    "switches": of("-n "),
    "letters of switches": of("nqv", "-"),
    "values": of("--from=a "),
  }],
  "readRows()": [(text) => readAll(text, 2 ** 16), {
    "lines": of("a@b.c\n"),
    "CSV": of("a@b.c,x\n", "id,x\n"),
    "CSV with quotes": of('"a@b.c","x ""y"" z"\n', "id,x\n"),
    "a quote that never closes": of("a,b\n", 'id,x\na,"'),
    "stray quotes": of('a,b" c" d"\n', "id,x\n"),
    "comments": of("#\n", "id,x\n"),
    "comments with fields": of("#,\n", "id,x\n"),
    "NDJSON": of('{"id":"a@b.c"}\n'),
    "a JSON array": of('"a@b.c",', "[", '"x"]'),
    "an item": of("[],", '["a",[', "[]]]"),
    "a line that does not end": of("a", "x\n"),
    "a table's header": of("a,", "", "id\nx\n"),
    "a header that does not end": of("\n", '"a,id'),
  }],
  "readRows() of small pieces": [(text) => readAll(text, 256), { "lines": of("a@b.c\n") }],
  "readReport()": [async (text) => {
    await Deno.writeTextFile(`${folder}/run.ndjson`, text);
    await readReport(`${folder}/run.ndjson`).catch(() => {}); // it is no report
  }, { "records": of('{"target":"user","id":"a","outcome":"removed"}\n') }],
};

function assertUsage(error: unknown): void {
  if (!(error instanceof UsageError)) throw error;
}

/** The shortest of some runs, in ms: what others do on this machine only adds to it. */
async function shortest(run: () => unknown, runs: number): Promise<number> {
  let best = Infinity;
  for (let count = 0; count < runs; count++) {
    const start = performance.now();
    await run();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

const SMALLEST = 2 ** 10;
const LARGEST = 2 ** 24;
/** How much larger the other input is. */
const FACTOR = 16;
/** Long enough to be measured, in ms. */
const ENOUGH = 0.5;
/** By which power of the size the time may grow: memory makes what is linear look like more. */
const MOST = 1.7;

/**
 * By which power of the size the time grows; 0 where it takes none. It is more than in proportion where it is so at
 * every size: a step, as where memory runs short, is none.
 */
async function growth(read: (text: string) => unknown, make: Make): Promise<number> {
  let power = 0;
  for (let size = SMALLEST; size * FACTOR <= LARGEST; size *= 4) {
    const [small, large] = [make(size), make(size * FACTOR)];
    const before = await shortest(() => read(small), 5);
    if (before < ENOUGH) continue;
    const measured = Math.log(await shortest(() => read(large), 2) / before) /
      Math.log(large.length / small.length);
    if (measured < MOST) return Math.max(measured, 0.01);
    power = Math.min(power || Infinity, measured);
  }
  return power;
}

const slow: string[] = [];
for (const [name, [read, special = {}]] of Object.entries(READERS)) {
  const inputs = Object.entries({ ...ANY, ...special });
  let worst = { power: 0, what: "" };
  for (const [what, make] of inputs) {
    const power = await growth(read, make);
    if (power > worst.power) worst = { power, what };
    if (power > MOST) slow.push(`${name}: ${what}, n^${power.toFixed(2)}`);
  }
  const most = worst.what ? `n^${worst.power.toFixed(2)} at most, of ${worst.what}` : "too quick to measure";
  console.log(`${name}, ${inputs.length} inputs: ${most}`);
}
await Deno.remove(folder, { recursive: true });
if (slow.length > 0) {
  console.log(`More than in proportion:\n${slow.join("\n")}`);
  Deno.exit(1);
}
