import { BuildError } from "./build.ts";
import { rewrite } from "./rewrite.ts";

/**
 * Replaces imports of `node:stream/web`, which csv-parse has, by the globals of the same names.
 *
 * @param script The command as one script. A bundler puts a static import at its top, even where it belongs to code
 * that is loaded late.
 * @throws {BuildError} If it imports anything else statically: every start would load that.
 */
export const replaceStaticImports = (script: string): string =>
  rewrite(script, (node, text) => {
    if (node.type === "ImportSpecifier") return text.replace(" as ", ":"); // {a as b} → {a:b}
    if (node.type !== "ImportDeclaration") return text;
    const [names] = /\{.*\}/.exec(text) ?? [];
    if (node.source.value === "node:stream/web" && names) return `const${names}=globalThis;`;
    throw new BuildError(`Cannot bundle a static import of ${node.source.value}: every start would load it`);
  });
