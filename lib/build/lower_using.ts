import { BuildError } from "./build.ts";
import type { AnyNode } from "./deps/acorn.ts";
import { rewrite } from "./rewrite.ts";

/**
 * Rewrites `using` and `await using` as `try` and `finally`. To Node 22 and Deno 2.2 they are syntax errors, so that the
 * script could not say there which Deno it needs. Errors are thrown as before, also if both the block and the disposal
 * fail.
 *
 * @see https://tc39.es/proposal-explicit-resource-management/
 */
export function lowerUsing(script: string): string {
  const kinds = new Map<AnyNode, Set<string>>(); // of the declarations, by their block
  return rewrite(script, (node, text, [parent]) => {
    if (node.type === "VariableDeclarator" && isUsing(parent!)) {
      return text.replace(/=/, "=disposables.use(") + ")";
    }
    if (isUsing(node)) {
      if (parent!.type !== "BlockStatement") {
        throw new BuildError(`Cannot lower outside a block: ${script.slice(node.start, node.end)}`);
      }
      kinds.set(parent!, (kinds.get(parent!) ?? new Set()).add(node.kind));
      return text.replace(/^(await )?using/, "const");
    }
    const used = kinds.get(node);
    if (!used) return text;
    const [stack, dispose] = used.has("await using")
      ? ["AsyncDisposableStack", "await disposables.disposeAsync()"]
      : ["DisposableStack", "disposables.dispose()"];
    return `{const disposables=new ${stack};try${text}catch(error){disposables.defer(()=>{throw error})}finally{${dispose}}}`;
  });
}

const isUsing = (node: AnyNode): node is Extract<AnyNode, { type: "VariableDeclaration" }> =>
  node.type === "VariableDeclaration" && /using$/.test(node.kind);
