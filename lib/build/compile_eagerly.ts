import type { FunctionRange } from "./profile_functions.ts";
import type { AnyNode } from "./deps/acorn.ts";
import { rewrite } from "./rewrite.ts";

/** Whether a function is a method or an accessor, and so no expression of its own. */
const isMethod = (parent: AnyNode): boolean =>
  parent.type === "MethodDefinition" ||
  parent.type === "Property" && (parent.method || parent.kind !== "init");

/**
 * Puts functions in parentheses that runs call. V8 compiles a function in parentheses together with the script,
 * and any other when it is first called; and what Deno keeps for the next start is what was compiled with the script.
 *
 * @see https://v8.dev/blog/preparser#pife
 */
export function compileEagerly(script: string, called: readonly FunctionRange[]): string {
  const byEnd = Map.groupBy(called, ({ end }) => end);
  const hoisted = new Map<AnyNode, string>(); // by the program or the function body that they begin
  return rewrite(script, (node, text, [parent, outer]) => {
    const variables = hoisted.get(node);
    if (variables) return text.replace(/^(#!.*\n|\{)?/, (begin) => begin + variables);
    if (!/Function/.test(node.type)) return text;
    const { start, end, body, id } = node as AnyNode & { body: AnyNode; id?: { name: string } };
    const isCalled = byEnd.get(end)?.some((range) => start <= range.start && range.start <= body.start);
    if (!isCalled || isMethod(parent!)) return text;
    if (node.type !== "FunctionDeclaration") return `(${text})`;
    if (parent!.type !== "Program" && !/Function/.test(outer!.type)) return text;
    const nameless = text.replace(/^((async )?function\*? ?)[\w$]+/, "$1"); // by its name it could not be changed
    hoisted.set(parent!, `${hoisted.get(parent!) ?? ""}var ${id!.name}=(${nameless});`);
    return "";
  });
}
