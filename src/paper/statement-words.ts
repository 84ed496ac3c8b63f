import type { Language } from '../kernel/viewer.js';

/** What the entries of a statement are called; a kind that stands here in no language is printed as it is. */
const ENTRIES: Readonly<Record<string, Record<Language, string>>> = {
  INVOICE: { en: 'Invoice', ar: 'فاتورة' },
  INVOICE_VOID: { en: 'Void invoice', ar: 'إلغاء فاتورة' },
  PAYMENT: { en: 'Payment', ar: 'دفعة' },
  PAYMENT_VOID: { en: 'Void payment', ar: 'إلغاء دفعة' },
  CREDIT_NOTE: { en: 'Credit note', ar: 'إشعار دائن' },
  CREDIT_NOTE_VOID: { en: 'Void credit note', ar: 'إلغاء إشعار دائن' },
  REFUND: { en: 'Refund', ar: 'رد مبلغ' },
  REFUND_VOID: { en: 'Void refund', ar: 'إلغاء رد مبلغ' },
  ALLOCATION: { en: 'Settlement', ar: 'تسوية' },
  ALLOCATION_RELEASE: { en: 'Settlement taken back', ar: 'إلغاء تسوية' },
  OPENING: { en: 'Opening balance', ar: 'رصيد افتتاحي' },
};

export const entryWord = (kind: string, language: Language): string =>
  ENTRIES[kind]?.[language] ?? kind.replaceAll('_', ' ').toLowerCase();
