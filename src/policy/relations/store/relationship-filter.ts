/** Which relationships are meant: what reading, deleting and preconditions are told. */
import { ELLIPSIS, type Relationship } from './relationship.ts';

/** A part that is absent matches everything. */
export type RelationshipFilter = {
  readonly resourceType?: string;
  readonly resourceId?: string;
  readonly resourceIdPrefix?: string;
  readonly relation?: string;
  readonly subject?: {
    readonly type: string;
    readonly id?: string;
    /** `...` matches subjects without a relation alone. */
    readonly relation?: string;
  };
};

export function matches(filter: RelationshipFilter, { resource, relation, subject }: Relationship): boolean {
  const wanted = filter.subject;
  return (
    (filter.resourceType === undefined || filter.resourceType === resource.type) &&
    (filter.resourceId === undefined || filter.resourceId === resource.id) &&
    (filter.resourceIdPrefix === undefined || resource.id.startsWith(filter.resourceIdPrefix)) &&
    (filter.relation === undefined || filter.relation === relation) &&
    (wanted === undefined ||
      (wanted.type === subject.type &&
        (wanted.id === undefined || wanted.id === subject.id) &&
        (wanted.relation === undefined || wanted.relation === (subject.relation ?? ELLIPSIS))))
  );
}
