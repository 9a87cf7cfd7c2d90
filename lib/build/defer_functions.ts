import { rewrite } from "./rewrite.ts";

/** The comment that the bundler writes before the code of a module. */
const MODULE = /^\/\/ (\S+)$/gm;
/** The function that initializes a dynamically imported module. One with a top-level `await` has another form. */
const INITIALIZER = /^var (\w+) = __esm\(\{\s*"(.+?)"\(\) \{([^]*)\}\s*\}\);$/;

/**
 * Moves the functions of each module, and the object of its exports, into the function that initializes it. Otherwise
 * every start would create them for all modules.
 *
 * @param script A script as `deno bundle` writes it, not minified.
 */
export function deferFunctions(script: string): string {
  const modules = Array.from(script.matchAll(MODULE), ({ index, 1: path }) => ({ index, path: path! }));
  const initialized = new Set(
    Array.from(script.matchAll(/ = __esm\(\{\s*"(.+?)"\(\)/g), ([, path]) => path!),
  );
  const moved = new Map<string, string>(); // the code, by the path of its module
  return rewrite(script, (node, text, [parent]) => {
    if (parent?.type !== "Program") return text;
    const [, name, path, body] = node.type === "VariableDeclaration" ? INITIALIZER.exec(text) ?? [] : [];
    if (name !== undefined) {
      const isDone = `${name}_done`;
      return `var ${isDone};function ${name}(){if(${isDone})return;${isDone}=true;${
        moved.get(path!) ?? ""
      }${body}}`;
    }
    const isFunction = node.type === "FunctionDeclaration";
    const own = modules.findLast(({ index }) => index < node.start)?.path;
    if (own === undefined || !initialized.has(own) || !(isFunction || text.startsWith("__export("))) {
      return text;
    }
    const code = isFunction
      ? text.replace(/^((?:async )?function\*? ?)([\w$]+)/, (_, begin, name) => `${name}=${begin}`) + ";"
      : text;
    moved.set(own, (moved.get(own) ?? "") + code);
    return isFunction ? `var ${node.id!.name};` : "";
  });
}
