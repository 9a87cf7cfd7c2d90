/** The one place that names the version of `acorn`: JavaScript as a syntax tree (ESTree). */
export { type AnyNode, type Node, parse } from "npm:acorn@8.19.0";
