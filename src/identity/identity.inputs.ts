import { Field, InputType } from 'type-graphql';
import { DateTimeFilter, StringFilter, type FilterColumns } from '../platform/graphql/filters.js';

@InputType()
export class AuditFilter {
  static readonly columns: FilterColumns = {
    entityType: { sql: 'a.entity_type', type: 'text' },
    entityId: { sql: 'a.entity_id', type: 'text' },
    actor: { sql: 'a.actor', type: 'text' },
    at: { sql: 'a.at', type: 'timestamptz' },
  };

  @Field(() => StringFilter, { nullable: true })
  entityType?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true })
  entityId?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true })
  actor?: StringFilter | null;

  @Field(() => DateTimeFilter, { nullable: true })
  at?: DateTimeFilter | null;
}
