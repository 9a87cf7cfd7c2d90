import type { Group, User } from "../directory/directory.ts";
import { GraphHttpError } from "./graph_http_error.ts";
import { type Kind, type Operator, PROPERTIES, type Property, propertyValue } from "./properties.ts";

/** Whether a directory object matches. */
type Predicate = (entity: User | Group) => boolean;

/** A filter that Graph accepts. */
export interface Filter {
  readonly matches: Predicate;
  /** The properties that it compares. */
  readonly names: ReadonlySet<string>;
}

type Value = string | number | boolean | null;
type Compare = (left: Value, right: Value) => boolean;

const TOKEN = /\s*(?:([(),])|('(?:[^']|'')*')|([^\s(),']+))/y;
const MAX_DEPTH = 100;
const MAX_CLAUSES = 15; // without an advanced query
const FUNCTIONS: Readonly<Record<string, Operator>> = { startswith: "startsWith", endswith: "endsWith" };

const ordered = (compare: (left: Value, right: Value) => boolean): Compare => (left, right) =>
  left !== null && right !== null && compare(left, right);

const COMPARISONS: Readonly<Record<string, Compare>> = {
  eq: (left, right) => left === right,
  ne: (left, right) => left !== right,
  gt: ordered((left, right) => left! > right!),
  ge: ordered((left, right) => left! >= right!),
  lt: ordered((left, right) => left! < right!),
  le: ordered((left, right) => left! <= right!),
  startsWith: ordered((left, right) => String(left).startsWith(String(right))),
  endsWith: ordered((left, right) => String(left).endsWith(String(right))),
};

function invalid(detail: string): GraphHttpError {
  return new GraphHttpError(400, `Invalid filter clause: ${detail}`);
}

function unsupported(message: string): GraphHttpError {
  return new GraphHttpError(400, message, "Request_UnsupportedQuery");
}

function tokenize(text: string): string[] {
  const tokens: string[] = [];
  const end = text.trimEnd().length;
  for (let offset = 0; offset < end; offset = TOKEN.lastIndex) {
    TOKEN.lastIndex = offset;
    const match = TOKEN.exec(text);
    if (!match) {
      throw invalid(`There is an unterminated string literal at position ${text.length} in '${text}'.`);
    }
    tokens.push(match[0].trim());
  }
  return tokens;
}

/** Makes values comparable: Entra compares strings without case, and times as times. */
function comparable(value: Value, type: Property["type"]): Value {
  if (typeof value !== "string") return value;
  return type === "dateTime" ? Date.parse(value) : value.toLowerCase();
}

const LITERALS: readonly [
  type: Property["type"] | "null",
  pattern: RegExp,
  parse: (text: string) => Value,
][] = [
  ["string", /^'[^]*'$/, (text) => text.slice(1, -1).replaceAll("''", "'")],
  ["boolean", /^(?:true|false)$/i, (text) => text.toLowerCase() === "true"],
  ["null", /^null$/i, () => null],
  ["dateTime", /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?$/i, (text) => text],
];

/** A recursive descent parser of one filter. It throws what Graph responds to filters that it refuses. */
class FilterParser {
  readonly names = new Set<string>();
  readonly #tokens: string[];
  readonly #properties: ReadonlyMap<string, readonly [name: string, property: Property]>;
  readonly #resource: string;
  readonly #isAdvanced: boolean;
  #next = 0;
  #depth = 0;

  constructor(text: string, kinds: readonly Kind[], isAdvanced: boolean) {
    this.#tokens = tokenize(text);
    const properties = kinds.flatMap((kind) => Object.entries(PROPERTIES[kind])).toReversed();
    this.#properties = new Map(properties.map(([name, property]) => [name.toLowerCase(), [name, property]]));
    this.#resource = kinds.length === 1 ? kinds[0]! : "directoryObject";
    this.#isAdvanced = isAdvanced;
  }

  parse(): Predicate {
    const predicate = this.#or();
    if (this.#next < this.#tokens.length) throw this.#syntaxError();
    return predicate;
  }

  #or(): Predicate {
    const alternatives = [this.#and()];
    while (this.#accept("or")) alternatives.push(this.#and());
    this.#checkClauses(alternatives.length);
    return (entity) => alternatives.some((matches) => matches(entity));
  }

  #and(): Predicate {
    const conditions = [this.#condition()];
    while (this.#accept("and")) conditions.push(this.#condition());
    return (entity) => conditions.every((matches) => matches(entity));
  }

  #condition(): Predicate {
    if (++this.#depth > MAX_DEPTH) throw invalid("The node count limit of the expression has been exceeded.");
    try {
      if (this.#accept("not")) {
        if (!this.#isAdvanced) throw this.#missingParameters("not");
        const matches = this.#condition();
        return (entity) => !matches(entity);
      }
      if (!this.#accept("(")) return this.#comparison();
      const matches = this.#or();
      this.#expect(")");
      return matches;
    } finally {
      this.#depth--;
    }
  }

  #comparison(): Predicate {
    const word = this.#take();
    if (this.#accept("(")) return this.#function(word);
    const { name, property } = this.#property(word);
    const operator = this.#take().toLowerCase();
    if (operator === "in") {
      const values = this.#list(property);
      this.#check(name, property, "in");
      this.#checkClauses(values.length);
      return (entity) => values.includes(comparable(propertyValue(entity, name), property.type));
    }
    if (!Object.hasOwn(COMPARISONS, operator)) throw this.#syntaxError(-1);
    const value = this.#literal(property);
    return this.#compare(name, property, operator as Operator, value);
  }

  #function(word: string): Predicate {
    const name = word.toLowerCase();
    const operator = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
    if (!operator) {
      if (name !== "contains") throw invalid(`An unknown function with name '${word}' was found.`);
      throw unsupported("Unsupported property filter clause operator 'Contains'.");
    }
    const argument = this.#property(this.#take());
    this.#expect(",");
    const value = this.#literal(argument.property);
    this.#expect(")");
    return this.#compare(argument.name, argument.property, operator, value);
  }

  #compare(name: string, property: Property, operator: Operator, value: Value): Predicate {
    this.#check(name, property, operator);
    if (value === null) this.#check(name, property, "null");
    const compare = COMPARISONS[operator]!;
    return (entity) => compare(comparable(propertyValue(entity, name), property.type), value);
  }

  #property(word: string): { name: string; property: Property } {
    const found = this.#properties.get(word.toLowerCase());
    if (!found) {
      if (!/^[a-z_]\w*$/i.test(word)) throw this.#syntaxError(-1);
      throw invalid(`Could not find a property named '${word}' on type 'microsoft.graph.${this.#resource}'.`);
    }
    this.names.add(found[0]);
    return { name: found[0], property: found[1] };
  }

  #list(property: Property): Value[] {
    this.#expect("(");
    const values = [this.#literal(property)];
    while (this.#accept(",")) values.push(this.#literal(property));
    this.#expect(")");
    return values;
  }

  #literal({ type }: Property): Value {
    const token = this.#take();
    const literal = LITERALS.find(([, pattern]) => pattern.test(token));
    if (!literal) throw this.#syntaxError(-1);
    const [found, , parse] = literal;
    if (found !== type && found !== "null") {
      const [left, right] = [type, found].map((name) => `'Edm.${name[0]!.toUpperCase()}${name.slice(1)}'`);
      throw invalid(
        `A binary operator with incompatible types was detected. Found operand types ${left} and ${right}.`,
      );
    }
    const value = comparable(parse(token), type);
    if (Number.isNaN(value)) throw this.#syntaxError(-1); // no such day or time
    return value;
  }

  /** Refuses an operator that the property does not support, or only in an advanced query. */
  #check(name: string, { operators }: Property, operator: Operator): void {
    const support = operators.get(operator);
    if (support === "default" || (support === "advanced" && this.#isAdvanced)) return;
    if (support && ["ne", "endsWith"].includes(operator)) throw this.#missingParameters(operator);
    const resource = `${this.#resource[0]!.toUpperCase()}${this.#resource.slice(1)}`;
    throw unsupported(
      `Unsupported or invalid query filter clause specified for property '${name}' of resource '${resource}'.`,
    );
  }

  #checkClauses(count: number): void {
    if (this.#isAdvanced || count <= MAX_CLAUSES) return;
    throw unsupported(
      "Too many child clauses specified in search filter expression containing 'OR' operators: " +
        `${count}. Max allowed: ${MAX_CLAUSES}.`,
    );
  }

  #missingParameters(operator: string): GraphHttpError {
    return unsupported(
      `Operator '${operator}' is not supported because the required parameters might be missing. ` +
        "Try adding $count=true query parameter and ConsistencyLevel:eventual header.",
    );
  }

  #accept(token: string): boolean {
    if (this.#tokens[this.#next]?.toLowerCase() !== token) return false;
    this.#next++;
    return true;
  }

  #expect(token: string): void {
    if (!this.#accept(token)) throw this.#syntaxError();
  }

  #take(): string {
    const token = this.#tokens[this.#next++];
    if (token === undefined) throw this.#syntaxError();
    return token;
  }

  #syntaxError(offset = 0): GraphHttpError {
    const token = this.#tokens[this.#next + offset] ?? "the end";
    return invalid(`Syntax error at '${token}' in '${this.#tokens.join(" ")}'.`);
  }
}

/**
 * Parses a `$filter` on objects of these kinds (OData 4.01, section 5.1.1, as far as Graph supports it).
 *
 * @param isAdvanced Whether the request has `ConsistencyLevel: eventual` and `$count=true`.
 * @throws {GraphHttpError} 400 `BadRequest` for a filter that is invalid, `Request_UnsupportedQuery` for one that
 * Graph does not support, or only in an advanced query.
 */
export function parseFilter(text: string, kinds: readonly Kind[], isAdvanced: boolean): Filter {
  const parser = new FilterParser(text, kinds, isAdvanced);
  return { matches: parser.parse(), names: parser.names };
}
