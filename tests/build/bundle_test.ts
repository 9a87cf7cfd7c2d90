import { BuildError } from "../../lib/build/build.ts";
import { checkScript } from "../../lib/build/check_script.ts";
import { compileEagerly } from "../../lib/build/compile_eagerly.ts";
import { deferFunctions } from "../../lib/build/defer_functions.ts";
import { lowerUsing } from "../../lib/build/lower_using.ts";
import { profileFunctions } from "../../lib/build/profile_functions.ts";
import { rewrite } from "../../lib/build/rewrite.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "../deps/assert.ts";
import { inTemporaryFolder } from "../support/temporary.ts";
import { LOOPBACK, NONE } from "../support/test.ts";

async function logOf(script: string): Promise<unknown> {
  const module = `const log=[];${script.replace(/^#!.*\n/, "")};export{log}`;
  return (await import(`data:text/javascript,${encodeURIComponent(module)}`)).log;
}

Deno.test("checkScript() refuses static imports, and characters beyond ASCII", NONE, () => {
  checkScript('#!/usr/bin/env deno\nlet{X509Certificate:a}=await import("node:crypto");a.b("\\u2013");');
  for (
    const script of [
      'import{readFile}from"node:fs";readFile()',
      'import"node:fs"',
      'import*as a from"node:fs";a.b()',
    ]
  ) {
    assertThrows(() => checkScript(script), BuildError, "Cannot bundle a static import of node:fs");
  }
  assertThrows(
    () => checkScript("let a=/^[*\u2022]+$/;"),
    BuildError,
    "write it as an escape: let a=/^[*\u2022]+$/",
  );
});

/** A script that disposes of what it uses: sync, async, nested, after a return, an error, and two errors. */
const USING = `const open=n=>({n,[Symbol.dispose](){log.push("close "+n);if(n==="bad")throw"closing"}});
const later=n=>({[Symbol.asyncDispose]:async()=>{await 0;log.push("later "+n)}});
function sync(){using a=open("a"),b=open("b");{using c=open("c");log.push("in "+c.n)}return a.n+b.n}
async function both(){using a=open("a");await using b=later("b"),none=undefined;await using c=await later("c");throw"body"}
async function failing(){using bad=open("bad");throw"body"}
log.push(sync());try{await both()}catch(error){log.push(error)}
try{await failing()}catch({name,error,suppressed}){log.push(name,error,suppressed)}`;

Deno.test("lowerUsing() does not change what a script does", NONE, async () => {
  const expected = ["in c", "close c", "close b", "close a", "ab"];
  expected.push("later c", "later b", "close a", "body", "close bad", "SuppressedError", "closing", "body");
  assertEquals(await logOf(USING), expected);
  const lowered = lowerUsing(USING);
  assertEquals(await logOf(lowered), expected);
  assert(!/using /.test(lowered), lowered);
  assertThrows(() => lowerUsing("using a=b();"), BuildError, "Cannot lower outside a block: using a=b();");
});

/** A bundle with two dynamically imported modules, of which the second has a top-level `await`. */
const MODULES = `#!/usr/bin/env deno
var __esm=(run,result)=>()=>(run&&(result=run[Object.keys(run)[0]](run=0)),result);
var __export=(to,all)=>{for(let key in all)Object.defineProperty(to,key,{get:all[key]})};
// lib/a.ts
var a_exports = {};
__export(a_exports, { later: () => later, several: () => several });
async function later() { return plain(2) }
function* several() { yield plain.name }
function plain(n) { return n + OFFSET }
var OFFSET;
var init_a = __esm({
  "lib/a.ts"() {
    log.push("a");
    OFFSET = 40;
  }
});
// lib/b.ts
function fromB() { return "b" }
var init_b = __esm({
  async "lib/b.ts"() {
    await log.push(fromB());
  }
});
// cli.ts
function main() { return Promise.resolve().then(() => (init_a(), a_exports)) }
await init_b();
var { later: given, several: all } = await main();
init_a();
log.push(await given(), ...all());`;

Deno.test("deferFunctions() does not change what a script does", NONE, async () => {
  const deferred = deferFunctions(MODULES);
  for (const script of [MODULES, deferred]) assertEquals(await logOf(script), ["b", "a", 42, "plain"]);
  assertStringIncludes(
    deferred,
    "function init_a(){if(init_a_done)return;init_a_done=true;__export(a_exports,",
  );
  assertStringIncludes(deferred, "later=async function () {");
  assertStringIncludes(deferred, "function fromB() {");
  assertStringIncludes(deferred, "function main() {");
});

/** A script with functions of every form, each of which logs something. */
const FORMS = `#!/usr/bin/env deno
log.push(declared(1));function declared(n){return inner()+n;function inner(){return 10}}
async function later(){return 2}function*several(){yield 3}function once(){once=()=>15;return 14}
const $=4,key={$,method(){return 5},get got(){return 6},expression:function(){return 7},["a"+1]:()=>8};
class Kind{#own=()=>9;static made=new Kind;constructor(){this.x=10}read(){return this.#own()}}
log.push(await later(),...several(),key.$,key.method(),key.got,key.expression(),key.a1(),Kind.made.read());
{function block(){return 11}log.push(block())}log.push([12].map(n=>n)[0],(async n=>n)(0)instanceof Promise);
log.push(\`\${(()=>13)()}\`,((a,b=()=>a)=>b())(16),once(),once(),declared.name)`;

Deno.test("compileEagerly() does not change what a script does", NONE, async () => {
  const expected = [11, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, true, "13", 16, 14, 15, "declared"];
  assertEquals(await logOf(FORMS), expected);
  const called: { start: number; end: number }[] = [];
  rewrite(FORMS, (node, text) => {
    if (/Function/.test(node.type)) called.push(node);
    return text;
  });
  const eager = compileEagerly(FORMS, called);
  assertEquals(await logOf(eager), expected);
  assert(
    eager.startsWith("#!/usr/bin/env deno\nvar declared=(function (n){var inner=(function"),
    eager,
  );
  assert(eager.includes('expression:(function(){return 7}),["a"+1]:(()=>8)'), eager);
});

Deno.test("compileEagerly() leaves functions alone that are not called", NONE, () => {
  const script = "function a(){return()=>1}const b=()=>2;a();b();";
  const [start, end] = [script.indexOf("()=>2"), script.indexOf(";a()")];
  assertEquals(compileEagerly(script, [{ start, end }]), "function a(){return()=>1}const b=(()=>2);a();b();");
});

Deno.test("profileFunctions() refuses a script if Deno reports none of its functions", {
  permissions: { ...LOOPBACK as object, read: true, write: true, run: true },
}, () =>
  inTemporaryFolder(async (folder) => {
    const script = `${folder}/empty.js`;
    await Deno.writeTextFile(script, "");
    const error = await assertRejects(() => profileFunctions(script, folder), BuildError);
    assertStringIncludes(error.message, "does not report which functions");
  }));
