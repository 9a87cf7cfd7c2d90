import { BuildError } from "./build.ts";
import type { AnyNode, Node } from "./deps/acorn.ts";
import { rewrite } from "./rewrite.ts";

/** The function that evaluates a chunk: `$WMBOKWEY` of `./chunk-WMBOKWEY.js`. */
const functionOf = (file: string): string => `$${file.replace(/^.*-|\.js$/g, "")}`;

/** Where something that a chunk imports comes from. What `node:stream/web` has is global too. */
function sourceOf(specifier: string): string {
  if (specifier === "node:stream/web") return "globalThis";
  if (specifier.startsWith("./")) return `${functionOf(specifier)}()`;
  throw new BuildError(`Cannot bundle a static import of ${specifier}: each start would pay for it`);
}

/** What a node gives a new value to, if it does. */
function targetOf(node: AnyNode): Node | undefined {
  if (node.type === "AssignmentExpression" || /^For(Of|In)/.test(node.type)) {
    return (node as { left: Node }).left;
  }
  return node.type === "UpdateExpression" ? node.argument : undefined;
}

/** A chunk as the body of a function: what it imports is asked of other functions, and what it exports is returned. */
function toFunctionBody(file: string, code: string): string {
  const cannotLink = (text: string) => new BuildError(`Cannot link ${text} in ${file}`);
  const exported = new Set<string>();
  const assigned = new Set<string>();
  const body = rewrite(code, (node, text) => {
    const target = targetOf(node);
    if (target && target.type !== "MemberExpression") {
      for (const [name] of code.slice(target.start, target.end).matchAll(/[\w$]+/g)) assigned.add(name);
    }
    switch (node.type) {
      case "ImportSpecifier": // {a as b}
        return text.replace(" as ", ":");
      case "ImportDeclaration": {
        if (!node.specifiers.every(({ type }) => type === "ImportSpecifier")) throw cannotLink(text);
        const [names] = /\{.*\}/.exec(text) ?? [];
        const from = sourceOf(String(node.source.value));
        return names ? `const${names}=${from};` : `${from};`;
      }
      case "ImportExpression": {
        if (!/["'`]\.\//.test(text)) return text; // of what is no chunk
        const [, chunk] = /^import\("(\.\/[^"]*)"\)$/.exec(text) ?? [];
        if (!chunk) throw cannotLink(text);
        return `Promise.resolve().then(${functionOf(chunk)})`;
      }
      case "ExportSpecifier": { // {a as b}, which others know as b
        const [local, known = local] = text.split(" as ");
        exported.add(local!);
        return `${known}:${local}`;
      }
      case "ExportNamedDeclaration":
        return text.replace(/^export/, "return");
      default:
        return text;
    }
  });
  // No variable inside a function has the name of one outside: a bundler that minifies gives each its own.
  const changing = [...exported].find((name) => assigned.has(name));
  if (changing) throw cannotLink(`the export ${changing}, which gets another value,`);
  return body;
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
    `const ${functionOf(file)}=$once(()=>{${toFunctionBody(file, code)}});\n`
  );
  const [, hashbang = "", main] = /^(#!.*\n)?([^]*)$/.exec(toFunctionBody(entry, chunks.get(entry)!))!;
  return `${hashbang}const $once=f=>{let r;return()=>r??=f()??{}};\n${functions.join("")}${main}`;
}
