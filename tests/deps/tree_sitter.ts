/** The one place that names the versions of tree-sitter and of its grammar of PowerShell. */
// deno-lint-ignore-file no-import-prefix
import "npm:tree-sitter-powershell@0.26.4/package.json" with { type: "json" }; // so that it is there to be resolved

export { Language, type Node, Parser } from "npm:web-tree-sitter@0.27.1";

/** The compiled grammar. */
export const POWERSHELL_GRAMMAR = new URL(
  import.meta.resolve("npm:tree-sitter-powershell@0.26.4/tree-sitter-powershell.wasm"),
);
