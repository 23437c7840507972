/** The rows that a filter may mean: of one resource or subject where it names one, else all. */
import { matches, type RelationshipFilter } from './relationship-filter.ts';
import { NODE_OBJECTS, NODE_RESOURCES, NODE_USERSETS, NODE_STRIDE } from './node-table.ts';
import { ROW_NEXT_RESOURCE, ROW_NEXT_SUBJECT } from './relationship-graph.ts';
import type { RelationshipSnapshot } from './relationship-snapshot.ts';
import { STRIDE } from './pair-table.ts';

/** Visible at the snapshot and matching; expired ones are among them. */
export function* rowsOfFilter(snapshot: RelationshipSnapshot, filter: RelationshipFilter): Generator<number> {
  const { graph, version } = snapshot;
  for (const row of candidates(snapshot, filter)) {
    if (graph.visible(row, version) && matches(filter, graph.relationshipOf(row))) yield row;
  }
}

function* candidates({ graph }: RelationshipSnapshot, filter: RelationshipFilter): Generator<number> {
  const { resourceType, resourceId, relation, subject } = filter;
  if (resourceType !== undefined && resourceId !== undefined && relation !== undefined) {
    const node = graph.nodes.find(graph.objects.find(resourceType, resourceId), graph.relationNumber(relation) ?? -1);
    if (node === 0) return;
    yield* list(graph, graph.nodes.cells[node * NODE_STRIDE + NODE_OBJECTS] as number, ROW_NEXT_SUBJECT);
    yield* list(graph, graph.nodes.cells[node * NODE_STRIDE + NODE_USERSETS] as number, ROW_NEXT_SUBJECT);
  } else if (subject?.id !== undefined && subject.relation !== undefined) {
    const object = graph.objects.find(subject.type, subject.id);
    const node = graph.nodes.find(object, graph.relationNumber(subject.relation) ?? -1);
    if (node === 0) return;
    yield* list(graph, graph.nodes.cells[node * NODE_STRIDE + NODE_RESOURCES] as number, ROW_NEXT_RESOURCE);
  } else {
    for (let row = 1; row <= graph.rows.count; row += 1) yield row;
  }
}

function* list(graph: RelationshipSnapshot['graph'], first: number, next: number): Generator<number> {
  for (let row = first; row !== 0; row = graph.rows.cells[row * STRIDE + next] as number) yield row;
}
