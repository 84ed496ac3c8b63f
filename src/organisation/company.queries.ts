import { needs, read, type RowOf } from '../platform/read/definition.js';
import { readOne } from '../platform/read/page.js';
import type { Selection } from '../platform/read/selection.js';
import type { StatementReader } from '../platform/read/sql.js';
import { Company, COMPANY_ID } from './company.entity.js';

type Run = <Row>(text: string, params?: readonly unknown[]) => Promise<Row[]>;

export const companyRead = read(Company, { fields: { logoUrl: needs('logoId') } });

export type CompanyRow = RowOf<typeof companyRead>;

/** All that stands on papers. */
export const readCompanyDetails = async (reader: StatementReader): Promise<Required<CompanyRow>> =>
  (await readCompany(reader)) as Required<CompanyRow>;

/** The one company, with the selected fields or all of them. */
export async function readCompany(reader: StatementReader, selection: Selection | 'all' = 'all'): Promise<CompanyRow> {
  const row = await readOne(reader, companyRead, COMPANY_ID, selection);
  if (!row) throw new Error('The row of the company is missing.');
  return row;
}

export interface Logo {
  png: Buffer;
  width: number;
  height: number;
}

export async function findLogo(run: Run, id: string): Promise<Logo | null> {
  const [row] = await run<Logo>('select png, width, height from company_logos where id = $1', [id]);
  return row ?? null;
}
