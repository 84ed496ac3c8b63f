import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { byId } from '../platform/db/columns.js';
import { Branch } from './branch.entity.js';

/** The last number of a type of document in a branch; organisation.queries takes the next one. */
@Entity({ tableName: 'document_sequences' })
export class DocumentSequenceRow {
  @PrimaryKey({ type: 'text' })
  type!: string;

  @ManyToOne({
    entity: () => Branch,
    ...byId('branch_id'),
    deleteRule: 'no action',
    primary: true,
    foreignKeyName: 'document_sequences_branch_id_fkey',
  })
  branchId!: string;

  @Property({ type: 'bigint' })
  last!: string;
}
