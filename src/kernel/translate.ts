import { billing } from './arabic/billing.js';
import { cash } from './arabic/cash.js';
import { catalog } from './arabic/catalog.js';
import { customers } from './arabic/customers.js';
import { deployments } from './arabic/deployments.js';
import { documents } from './arabic/documents.js';
import { identity } from './arabic/identity.js';
import { ledger } from './arabic/ledger.js';
import { orders } from './arabic/orders.js';
import { organisation } from './arabic/organisation.js';
import { paper } from './arabic/paper.js';
import { partners } from './arabic/partners.js';
import { platform } from './arabic/platform.js';
import { purchasing } from './arabic/purchasing.js';
import { receivables } from './arabic/receivables.js';
import { reporting } from './arabic/reporting.js';
import { kernel } from './arabic/kernel.js';
import { stock } from './arabic/stock.js';
import { sync } from './arabic/sync.js';
import { till } from './arabic/till.js';
import { vendors } from './arabic/vendors.js';
import { NOUNS } from './arabic/nouns.js';
import type { Message } from './message.js';
import type { Language } from './viewer.js';

/** What is not ours to word: the library's own errors. By code, so without figures. */
const LIBRARY: Readonly<Record<string, string>> = {
  BAD_INPUT: 'القيمة المدخلة غير مقبولة.',
  BAD_REQUEST: 'الطلب غير صالح.',
  GRAPHQL_PARSE_FAILED: 'تعذّرت قراءة الاستعلام.',
  GRAPHQL_VALIDATION_FAILED: 'الاستعلام لا يطابق المخطط.',
};

/** Every Arabic template by its English one. */
export const ARABIC: Readonly<Record<string, string>> = {
  ...NOUNS,
  ...billing,
  ...cash,
  ...catalog,
  ...customers,
  ...deployments,
  ...documents,
  ...identity,
  ...ledger,
  ...orders,
  ...organisation,
  ...paper,
  ...partners,
  ...platform,
  ...purchasing,
  ...receivables,
  ...reporting,
  ...kernel,
  ...stock,
  ...sync,
  ...till,
  ...vendors,
};

/** A message in the language of the reader, with the same figures and names in each. */
export const translate = (message: Message, language: Language): string =>
  language === 'ar' ? message.inArabic(ARABIC) : message.toString();

/** The Arabic of an error that has only a code; its own text where the code has none. */
export const translateCode = (code: string, message: string, language: Language): string =>
  language === 'ar' ? (LIBRARY[code] ?? message) : message;

/** The best of the languages we speak; English when nothing else is asked for. */
export function languageOf(acceptLanguage: string | undefined): Language {
  if (!acceptLanguage) return 'en';
  const wanted = acceptLanguage
    .slice(0, 200)
    .split(',')
    .map((part) => {
      const [tag = '', quality] = part.trim().split(/;\s*q=/);
      return { tag: tag.slice(0, 2).toLowerCase(), quality: quality === undefined ? 1 : Number(quality) || 0 };
    })
    .filter(({ tag }) => tag === 'ar' || tag === 'en')
    .sort((a, b) => b.quality - a.quality);
  return wanted[0]?.tag === 'ar' ? 'ar' : 'en';
}
