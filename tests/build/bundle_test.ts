import { BuildError } from "../../lib/build/build.ts";
import { compileEagerly } from "../../lib/build/compile_eagerly.ts";
import { linkChunks } from "../../lib/build/link_chunks.ts";
import { rewrite } from "../../lib/build/rewrite.ts";
import { assert, assertEquals, assertThrows } from "../deps/assert.ts";
import { test } from "../support/test.ts";

/** What a script leaves in the list `log`. */
async function logOf(script: string): Promise<unknown> {
  const module = `const log=[];${script.replace(/^#!.*\n/, "")};export{log}`;
  return (await import(`data:text/javascript,${encodeURIComponent(module)}`)).log;
}

test("a program that was split comes together: each chunk runs once, when it is needed", "none", async () => {
  const script = linkChunks(
    new Map([
      [
        "cli.js",
        '#!/usr/bin/env deno\nimport"./chunk-FIRST.js";import{a as b,c}from"./chunk-BOTH.js";var $=b;log.push("entry",$,c());' +
        'let{d:e}=await import("./late-LATE.js");log.push(e,(await import("./late-LATE.js")).d===e);',
      ],
      ["chunk-FIRST.js", 'import{c}from"./chunk-BOTH.js";log.push("first",c());'],
      ["chunk-BOTH.js", 'var x=1,n=1,y=()=>n++;log.push("both");export{x as a,y as c};'],
      [
        "late-LATE.js",
        'import{CountQueuingStrategy as q}from"node:stream/web";import"./chunk-FIRST.js";import{c}from"./chunk-BOTH.js";' +
        'var z=[c(),new q({highWaterMark:7}).highWaterMark,2];log.push("late");export{z as d};',
      ],
    ]),
    "cli.js",
  );
  assert(script.startsWith("#!/usr/bin/env deno\n"), script);
  assertEquals(await logOf(script), ["both", "first", 1, "entry", 1, 2, "late", [3, 7, 2], true]);
});

/** Chunks that cannot be linked, and what is said of them. */
const REFUSED: readonly (readonly [code: string, says: string])[] = [
  ['import{readFile}from"node:fs";readFile()', "static import of node:fs"],
  ['import*as a from"./chunk-A.js";a.b()', 'Cannot link import*as a from"./chunk-A.js"; in cli.js'],
  ['import a from"./chunk-A.js";a()', 'Cannot link import a from"./chunk-A.js"; in cli.js'],
  ["import(`./chunk-A.js`)", "Cannot link import(`./chunk-A.js`) in cli.js"],
  ['let{a=import("./chunk-A.js",{})}={}', 'Cannot link import("./chunk-A.js",{}) in cli.js'],
  ...["a++", "a=2", "[a]=[2]", "for(a of[2]);", "for(a in{b:2});", "let{b=a=2}={}"].map((change) =>
    [`var a=1;function b(){${change}}export{a as c,b as d};`, "Cannot link the export a"] as const
  ),
];

test("what cannot be linked is refused", "none", () => {
  for (const [code, says] of REFUSED) {
    assertThrows(() => linkChunks(new Map([["cli.js", code]]), "cli.js"), BuildError, says);
  }
});

/** Functions of every form, each of which leaves something in the list. */
const FORMS = `#!/usr/bin/env deno
log.push(declared(1));function declared(n){return inner()+n;function inner(){return 10}}
async function later(){return 2}function*several(){yield 3}function once(){once=()=>15;return 14}
const $=4,key={$,method(){return 5},get got(){return 6},expression:function(){return 7},["a"+1]:()=>8};
class Kind{#own=()=>9;static made=new Kind;constructor(){this.x=10}read(){return this.#own()}}
log.push(await later(),...several(),key.$,key.method(),key.got,key.expression(),key.a1(),Kind.made.read());
{function block(){return 11}log.push(block())}log.push([12].map(n=>n)[0],(async n=>n)(0)instanceof Promise);
log.push(\`\${(()=>13)()}\`,((a,b=()=>a)=>b())(16),once(),once(),declared.name)`;

test("a script whose functions are compiled eagerly does the same", "none", async () => {
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

test("a function that was not called is left as it is", "none", () => {
  const script = "function a(){return()=>1}const b=()=>2;a();b();";
  const [start, end] = [script.indexOf("()=>2"), script.indexOf(";a()")];
  assertEquals(compileEagerly(script, [{ start, end }]), "function a(){return()=>1}const b=(()=>2);a();b();");
});
