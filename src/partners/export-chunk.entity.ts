import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { byId } from '../platform/db/columns.js';
import { Export } from './export.entity.js';

/** A piece of an export's file; export.queries writes it. */
@Entity({ tableName: 'export_chunks' })
export class ExportChunkRow {
  @ManyToOne({
    entity: () => Export,
    ...byId('export_id'),
    deleteRule: 'cascade',
    primary: true,
    foreignKeyName: 'export_chunks_export_id_fkey',
  })
  exportId!: string;

  @PrimaryKey({ type: 'integer', autoincrement: false })
  position!: number;

  @Property({ type: 'blob', columnType: 'bytea' })
  body!: Uint8Array;
}
