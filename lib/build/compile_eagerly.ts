import type { FunctionRange } from "./profile_functions.ts";
import type { AnyNode } from "./deps/acorn.ts";
import { rewrite } from "./rewrite.ts";

/** Whether a function is a method or an accessor, which cannot be put in parentheses. */
const isMethod = (parent: AnyNode): boolean =>
  parent.type === "MethodDefinition" ||
  parent.type === "Property" && (parent.method || parent.kind !== "init");

/**
 * Parenthesizes the functions that a run calls. V8 compiles a function in parentheses together with the script, and any
 * other on its first call; Deno caches for the next start what was compiled with the script.
 *
 * A function declaration becomes a variable at the beginning of the program or the function around it, where it is
 * hoisted to anyway.
 *
 * @see https://v8.dev/blog/preparser#pife
 */
export function compileEagerly(script: string, called: readonly FunctionRange[]): string {
  const byEnd = Map.groupBy(called, ({ end }) => end);
  const hoisted = new Map<AnyNode, string>(); // variables, by the program or function body that they belong to
  return rewrite(script, (node, text, [parent, outer]) => {
    const variables = hoisted.get(node);
    if (variables) return text.replace(/^(#!.*\n|\{)?/, (begin) => begin + variables);
    if (!/Function/.test(node.type)) return text;
    const { start, end, body, id } = node as AnyNode & { body: AnyNode; id?: { name: string } };
    const isCalled = byEnd.get(end)?.some((range) => start <= range.start && range.start <= body.start);
    if (!isCalled || isMethod(parent!)) return text;
    if (node.type !== "FunctionDeclaration") return `(${text})`;
    if (parent!.type !== "Program" && !/Function/.test(outer!.type)) return text;
    const nameless = text.replace(/^((async )?function\*? ?)[\w$]+/, "$1"); // its name would be a constant inside
    hoisted.set(parent!, `${hoisted.get(parent!) ?? ""}var ${id!.name}=(${nameless});`);
    return "";
  });
}
