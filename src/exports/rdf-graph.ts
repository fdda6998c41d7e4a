/** A small RDF graph, and the two ways in which it is written: JSON-LD and Turtle. The same graph in either. */
import { jsonText } from './json-text.ts';

/** The value of a property: another thing, or a literal with its type. */
export type Term =
  | { readonly iri: string }
  | { readonly text: string }
  | { readonly number: number }
  | { readonly instant: string };

/** One thing: its IRI, its types and properties by prefixed name. A property may stand several times. */
export interface GraphNode {
  readonly id: string;
  readonly types: readonly string[];
  readonly properties: readonly (readonly [name: string, value: Term])[];
}

/** Things, with the prefixes that their names use. */
export interface Graph {
  readonly prefixes: Readonly<Record<string, string>>;
  readonly nodes: readonly GraphNode[];
}

/** One node for each IRI: what several say of it is put together. */
export function mergeNodes(nodes: readonly GraphNode[]): GraphNode[] {
  const merged = new Map<string, GraphNode>();
  for (const node of nodes) {
    const known = merged.get(node.id);
    const types = [...new Set([...(known?.types ?? []), ...node.types])];
    merged.set(node.id, { id: node.id, types, properties: [...(known?.properties ?? []), ...node.properties] });
  }
  return [...merged.values()].map((node) => ({ ...node, properties: distinct(node.properties) }));
}

function distinct(properties: GraphNode['properties']): GraphNode['properties'] {
  return [...new Map(properties.map((one) => [JSON.stringify(one), one])).values()];
}

/** The graph as JSON-LD, flat, with its prefixes as the whole context: nothing has to be fetched to read it. */
export function writeJsonLd({ prefixes, nodes }: Graph): string {
  return jsonText({
    '@context': prefixes,
    '@graph': nodes.map(({ id, types, properties }) => ({
      '@id': id,
      '@type': types,
      ...Object.fromEntries(
        [...Map.groupBy(properties, ([name]) => name)].map(([name, values]) => [
          name,
          values.map(([, value]) => jsonTerm(value)),
        ]),
      ),
    })),
  });
}

function jsonTerm(term: Term): object {
  if ('iri' in term) return { '@id': term.iri };
  if ('text' in term) return { '@value': term.text };
  if ('instant' in term) return { '@value': term.instant, '@type': 'xsd:dateTime' };
  // As text: JSON-LD readers write numbers of their own in another form than Turtle's.
  return { '@value': lexicalNumber(term.number), '@type': numberType(term.number) };
}

/** The graph as Turtle. @see https://www.w3.org/TR/turtle/ */
export function writeTurtle({ prefixes, nodes }: Graph): string {
  const head = Object.entries(prefixes).map(([prefix, iri]) => `@prefix ${prefix}: <${iri}> .`);
  const body = nodes.map(({ id, types, properties }) => {
    const lines = [
      ...(types.length === 0 ? [] : [`a ${types.join(', ')}`]),
      ...properties.map(([name, value]) => `${name} ${turtleTerm(value)}`),
    ];
    return `<${id}> ${lines.join(' ;\n  ')} .`;
  });
  return `${[...head, '', ...body].join('\n')}\n`;
}

function turtleTerm(term: Term): string {
  if ('iri' in term) return `<${term.iri}>`;
  if ('text' in term) return turtleText(term.text);
  if ('instant' in term) return `"${term.instant}"^^xsd:dateTime`;
  return `"${lexicalNumber(term.number)}"^^${numberType(term.number)}`;
}

/** JSON's escapes are among Turtle's, but for the lone surrogates that neither may hold. */
function turtleText(text: string): string {
  return JSON.stringify(text.toWellFormed());
}

function numberType(value: number): string {
  return Number.isSafeInteger(value) ? 'xsd:integer' : 'xsd:double';
}

function lexicalNumber(value: number): string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? '0' : String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'INF' : '-INF';
}
