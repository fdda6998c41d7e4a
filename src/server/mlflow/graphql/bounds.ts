/**
 * What a query may cost before anything is carried out. A short text can ask for very much: by fragments that use fragments
 * twice, by the same field under many names, by nesting until whoever reads it runs out of stack. So its tokens are counted
 * before it is parsed, and its selections, each as often as its fragment is used, before it is carried out.
 */
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  Lexer,
  type SelectionSetNode,
  Source,
  TokenKind,
} from 'graphql';

/** Five times what MLflow's own longest query has. */
const tokenLimit = 5000;
/** Of brackets of every kind; below what a parser that calls itself can stand. */
const nestingLimit = 50;
const depthLimit = 10;
const selectionLimit = 1000;
const rootFieldLimit = 10;
const aliasLimit = 10;

const opening: ReadonlySet<string> = new Set([TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L]);
const closing: ReadonlySet<string> = new Set([TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R]);

/** @throws GraphQLError for a text that is too long or nested too deep, or is no text of GraphQL */
export function boundText(query: string): void {
  const lexer = new Lexer(new Source(query));
  let nesting = 0;
  for (let count = 0; lexer.advance().kind !== TokenKind.EOF; count++) {
    const { kind } = lexer.token;
    if (opening.has(kind)) nesting++;
    if (closing.has(kind)) nesting--;
    if (count >= tokenLimit) throw new GraphQLError(`Query exceeds maximum size of ${tokenLimit} tokens`);
    if (nesting > nestingLimit) throw new GraphQLError(`Query exceeds maximum nesting of ${nestingLimit} brackets`);
  }
}

/** @throws GraphQLError for a document that asks for too much; where MLflow says so too, in its words */
export function boundDocument(document: DocumentNode): void {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions) {
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  }
  const scan: Scan = { fragments, selections: 0, aliases: 0 };
  let rootFields = 0;
  for (const node of document.definitions) {
    if (node.kind !== Kind.OPERATION_DEFINITION) continue;
    rootFields += scanLevel([node.selectionSet], 1, scan);
  }
  if (rootFields > rootFieldLimit) throw tooMany('root fields', rootFieldLimit, rootFields);
  if (scan.aliases > aliasLimit) throw tooMany('aliases', aliasLimit, scan.aliases);
}

interface Scan {
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  selections: number;
  /** The most that stand at one place. */
  aliases: number;
}

/** Counts what stands at one place, through the fragments that are used there, and below. @returns its fields */
function scanLevel(sets: readonly SelectionSetNode[], depth: number, scan: Scan): number {
  if (depth > depthLimit) throw new GraphQLError(`Query exceeds maximum depth of ${depthLimit}`);
  const open = [...sets];
  // A fragment that uses itself is found wrong later; here it is only not followed twice at one place.
  const used = new Set<string>();
  let [fields, aliases] = [0, 0];
  for (let set = open.pop(); set !== undefined; set = open.pop()) {
    for (const node of set.selections) {
      if (++scan.selections > selectionLimit)
        throw new GraphQLError(`Query exceeds maximum total selections of ${selectionLimit}`);
      if (node.kind === Kind.FIELD) {
        fields++;
        if (node.alias !== undefined) aliases++;
        if (node.selectionSet !== undefined) scanLevel([node.selectionSet], depth + 1, scan);
      } else if (node.kind === Kind.INLINE_FRAGMENT) {
        open.push(node.selectionSet);
      } else if (!used.has(node.name.value)) {
        used.add(node.name.value);
        const fragment = scan.fragments.get(node.name.value);
        if (fragment !== undefined) open.push(fragment.selectionSet);
      }
    }
  }
  scan.aliases = Math.max(scan.aliases, aliases);
  return fields;
}

function tooMany(what: string, limit: number, found: number): GraphQLError {
  return new GraphQLError(`GraphQL queries should have at most ${limit} ${what}, got ${found} ${what}.`);
}
