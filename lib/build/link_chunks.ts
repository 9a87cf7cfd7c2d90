import { BuildError } from "./build.ts";
import { rewrite } from "./rewrite.ts";

/** The function that evaluates a chunk: `$WMBOKWEY` of `./chunk-WMBOKWEY.js`. */
const functionOf = (file: string): string => `$${/-(\w+)\.js$/.exec(file)![1]}`;

/** Where something that a chunk imports comes from. What `node:stream/web` has is global too. */
function sourceOf(specifier: string): string {
  if (specifier === "node:stream/web") return "globalThis";
  if (specifier.startsWith("./")) return `${functionOf(specifier)}()`;
  throw new BuildError(`Cannot bundle a static import of ${specifier}: each start would pay for it`);
}

/** A chunk as the body of a function: what it imports is asked of other functions, and what it exports is returned. */
function toFunctionBody(code: string): string {
  const exported = new Set<string>();
  const assigned = new Set<string>();
  const body = rewrite(code, (node, text) => {
    switch (node.type) {
      case "ImportSpecifier": // {a as b}
        return text.replace(" as ", ":");
      case "ImportDeclaration": {
        const [names] = /\{.*\}/.exec(text) ?? [];
        const from = sourceOf(String(node.source.value));
        return names ? `const${names}=${from};` : `${from};`;
      }
      case "ImportExpression": {
        const [, chunk] = /^import\("(\.\/.*)"\)$/.exec(text) ?? [];
        return chunk ? `Promise.resolve().then(${functionOf(chunk)})` : text;
      }
      case "ExportSpecifier": { // {a as b}, which others know as b
        const [local, known = local] = text.split(" as ");
        exported.add(local!);
        return `${known}:${local}`;
      }
      case "ExportNamedDeclaration":
        return text.replace(/^export/, "return");
      case "AssignmentExpression":
      case "UpdateExpression": {
        const target = node.type === "AssignmentExpression" ? node.left : node.argument;
        if (target.type !== "MemberExpression") {
          for (const [name] of code.slice(target.start, target.end).matchAll(/[\w$]+/g)) assigned.add(name);
        }
        return text;
      }
      default:
        return text;
    }
  });
  // No variable inside a function has the name of one outside: a bundler that minifies gives each its own.
  const changing = [...exported].filter((name) => assigned.has(name));
  if (changing.length === 0) return body;
  throw new BuildError(
    `Cannot bundle a module that changes what it exports: ${changing.join(", ")} in ${code}`,
  );
}

/**
 * One module of all chunks of a program. Each becomes a function that is called when the chunk is needed, so that V8
 * passes over those that are not.
 *
 * @param chunks Code by file, minified, as bundlers split it: what a chunk exports is a list at its end.
 * @param entry The file of the chunk that the program begins with.
 * @throws {BuildError} If a chunk imports what it cannot have, or exports what it changes later.
 */
export function linkChunks(chunks: ReadonlyMap<string, string>, entry: string): string {
  const functions = [...chunks].filter(([file]) => file !== entry).map(([file, code]) =>
    `const ${functionOf(file)}=$(()=>{${toFunctionBody(code)}});\n`
  );
  const [, hashbang = "", main] = /^(#!.*\n)?([^]*)$/.exec(toFunctionBody(chunks.get(entry)!))!;
  return `${hashbang}const $=f=>{let r;return()=>r??=f()};\n${functions.join("")}${main}`;
}
