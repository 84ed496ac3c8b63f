import type { Language, Viewer } from '../kernel/viewer.js';
import type { Services } from '../platform/module.js';
import type { StatementReader } from '../platform/read/sql.js';
import { type CompanyRow, findLogo, readCompanyDetails } from '../organisation/company.queries.js';
import { isolated } from './bidi-text.js';
import { codeKey, type Subject, writeCode } from './code.js';
import { slugOf } from './kinds.js';
import { findPrintable } from './papers.js';
import type { FigureStyle } from './figures.js';
import type { Letterhead } from './sheet.js';
import { wordsOf } from './words.js';

/**
 * Reads what is printed. Papers are the same for everybody who may have them, so they are read by one viewer of its own,
 * with nothing but the rights to documents: notes for the office it does not see.
 */
export const PRINTER: Viewer = {
  kind: 'key',
  keyId: 'paper',
  name: 'paper',
  permissions: new Set([
    'orders:read',
    'orders:all',
    'customers:read',
    'customers:all',
    'purchasing:read',
    'organisation:read',
    'catalog:read',
    'catalog:all',
  ]),
  expiresAtMs: null,
};

export interface PaperRequest extends Subject {
  language: Language;
}

export interface PrintedPaper {
  bytes: Uint8Array;
  fileName: string;
}

const filledIn = (texts: readonly (string | null | undefined)[]): string[] =>
  texts.filter((text) => text != null && text !== '') as string[];

function letterheadOf(company: Required<CompanyRow>, language: Language, logo: Letterhead['logo']): Letterhead {
  const words = wordsOf(language);
  const inArabic = language === 'ar';
  const phones = company.phones.map(isolated).join(' · ');
  const contact = filledIn([company.email, company.website]).map(isolated).join(' · ');
  return {
    name: inArabic ? company.nameAr : company.name,
    lines: filledIn([
      inArabic ? (company.addressAr ?? company.address) : (company.address ?? company.addressAr),
      phones === '' ? null : `${words.phone}: ${phones}`,
      contact,
      company.taxNumber == null ? null : `${words.taxNumber}: ${isolated(company.taxNumber)}`,
    ]),
    logo,
  };
}

/** The PDF of a document; null when there is none. `origin` is where its code leads unless the company says otherwise. */
export async function printPaper(
  services: Services,
  reader: StatementReader,
  { request, origin, signal }: { request: PaperRequest; origin: string; signal: AbortSignal },
): Promise<PrintedPaper | null> {
  const { config, db, press } = services;
  const { language } = request;
  const [printable, company] = await Promise.all([findPrintable(reader, request), readCompanyDetails(reader)]);
  if (!printable) return null;
  const logo = company.logoId == null ? null : await findLogo(db.read, company.logoId);
  const style: FigureStyle = { language, digits: company.digits };
  const { number, digest } = printable.said;
  const code = writeCode(codeKey(config.encryptionKey), { ...request, digest });
  const footer = language === 'ar' ? (company.footerAr ?? company.footer) : (company.footer ?? company.footerAr);
  const printing = {
    style,
    letterhead: letterheadOf(company, language, logo),
    footer: filledIn([footer]),
    today: reader.today,
    url: `${company.publicUrl ?? origin}/verify/${code}`,
  };
  const bytes = await press.print({ kind: request.kind, document: printable.document, printing }, signal);
  return { bytes, fileName: `${slugOf(request.kind)}-${number.replace(/[^\w.-]/g, '_')}.pdf` };
}
