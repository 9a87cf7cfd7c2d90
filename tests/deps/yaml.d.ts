/** The value of a YAML document. */
export function parse(text: string): unknown;
