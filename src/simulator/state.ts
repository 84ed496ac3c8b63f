import { existsSync, readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { generateItems, type SimulatedItem } from './company.js';
import { generateContacts, type SimulatedContact } from './company-contacts.js';
import type { BookRecords } from './documents/book-records.js';
import { generateDocuments } from './documents/generate-documents.js';
import { generateMasters } from './documents/generate-masters.js';

export interface CompanyState {
  items: SimulatedItem[];
  contacts: SimulatedContact[];
  records: BookRecords;
}

export interface CompanySize {
  items: number;
  contacts: number;
  /** Invoices, and orders, payments and the like in proportion. */
  documents: number;
  /** The latest of them is of this moment. */
  endMs: number;
}

/** The company as it was left, or a new one. */
export function loadCompany(path: string | undefined, size: CompanySize): { company: CompanyState; isNew: boolean } {
  const kept = path === undefined ? {} : readState(path);
  const items = kept.items ?? generateItems(size.items);
  const contacts = kept.contacts ?? generateContacts(size.contacts);
  if (kept.records) return { company: { items, contacts, records: kept.records }, isNew: false };
  const records = generateMasters(items);
  if (size.documents > 0) generateDocuments({ items, contacts, records }, size.documents, size.endMs);
  return { company: { items, contacts, records }, isNew: true };
}

function readState(path: string): Partial<CompanyState> {
  if (!existsSync(path)) return {};
  try {
    const state = JSON.parse(readFileSync(path, 'utf8')) as CompanyState | SimulatedItem[];
    // Before there were contacts the file held the items alone.
    return Array.isArray(state) ? { items: state } : state;
  } catch {
    // A half-written state of a demo is worth less than a demo that starts.
    return {};
  }
}

export async function saveCompany(path: string, state: CompanyState): Promise<void> {
  await writeFile(`${path}.new`, JSON.stringify(state));
  await rename(`${path}.new`, path);
}
