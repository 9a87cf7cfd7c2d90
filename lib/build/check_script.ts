import { BuildError } from "./build.ts";
import { rewrite } from "./rewrite.ts";

/**
 * Checks that a script starts fast.
 *
 * @throws {BuildError} If it imports anything statically, which every start would load, or has a character beyond
 * ASCII: V8 would hold the whole script in two bytes a character.
 */
export function checkScript(script: string): void {
  rewrite(script, (node, text) => {
    if (node.type !== "ImportDeclaration") return text;
    throw new BuildError(`Cannot bundle a static import of ${node.source.value}: every start would load it`);
  });
  const [found] = /.{0,20}[^\0-\x7f].{0,20}/.exec(script) ?? [];
  if (found) throw new BuildError(`Cannot bundle a character beyond ASCII; write it as an escape: ${found}`);
}
