import { existsSync, readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { generateItems, type SimulatedItem } from './company.js';
import { generateContacts, type SimulatedContact } from './company-contacts.js';

export interface CompanyState {
  items: SimulatedItem[];
  contacts: SimulatedContact[];
}

export interface CompanySize {
  items: number;
  contacts: number;
}

/** The company as it was left, or a new one. */
export function loadCompany(path: string | undefined, size: CompanySize): CompanyState {
  const kept = path === undefined ? {} : readState(path);
  return { items: kept.items ?? generateItems(size.items), contacts: kept.contacts ?? generateContacts(size.contacts) };
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
