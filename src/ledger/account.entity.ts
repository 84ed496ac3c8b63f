import { Check, Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';

export const ACCOUNT_KINDS = ['ASSET', 'LIABILITY', 'EQUITY', 'INCOME', 'EXPENSE'] as const;
export type AccountKind = (typeof ACCOUNT_KINDS)[number];
/** An account of the chart, which an accountant edits. */
@Entity({ tableName: 'accounts' })
@Check({ name: 'accounts_code_check', expression: 'code >= 1000 and code <= 99999' })
@Check({ name: 'accounts_kind_check', expression: `kind in ('ASSET', 'LIABILITY', 'EQUITY', 'INCOME', 'EXPENSE')` })
@Check({ name: 'accounts_party_check', expression: `party in ('customer', 'vendor', 'user', 'box')` })
export class AccountRow {
  @PrimaryKey({ type: 'integer', autoincrement: false })
  code!: number;

  @Property({ type: 'text' })
  name!: string;

  @Property({ type: 'text' })
  nameAr!: string;

  @Property({ type: 'text', nullable: true })
  unifiedCode?: string | null;

  @Property({ type: 'text' })
  kind!: AccountKind;

  @Property({ type: 'text', nullable: true })
  party?: string | null;

  @Property({ type: 'boolean', default: true })
  active!: boolean;
}
