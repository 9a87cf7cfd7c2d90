import { type AnyNode, type Node, parse } from "./deps/acorn.ts";

/** Returns the nodes that a node consists of, in the order of the source. */
const childrenOf = (node: Node): Node[] =>
  Object.values(node).flat().filter((child) => typeof child?.type === "string")
    .toSorted((a, b) => a.start - b.start || b.end - a.end);

/**
 * Rewrites the source of a module, node by node, from the inside out.
 *
 * @param change Returns the new text of a node, given its text with all changes inside it. Its ancestors are ordered
 * from the parent outward.
 */
export function rewrite(
  code: string,
  change: (node: AnyNode, text: string, ancestors: readonly AnyNode[]) => string,
): string {
  const print = (node: Node, ...ancestors: Node[]): string => {
    let [text, at] = ["", node.start];
    for (const child of childrenOf(node)) {
      if (child.start < at) continue; // the key of {name} or {name = value}, which is the value too
      text += code.slice(at, child.start) + print(child, node, ...ancestors);
      at = child.end;
    }
    return change(node as AnyNode, text + code.slice(at, node.end), ancestors as AnyNode[]);
  };
  return print(parse(code, { ecmaVersion: "latest", sourceType: "module", allowHashBang: true }));
}
