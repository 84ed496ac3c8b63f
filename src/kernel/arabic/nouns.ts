import { Message } from '../message.js';

/** What an error can name as not found, in Arabic. Sentences are built so that the gender of a noun does not matter. */
export const NOUNS = {
  'API key': 'مفتاح الواجهة البرمجية',
  Agent: 'وكيل النشر',
  Backup: 'النسخة الاحتياطية',
  Bill: 'فاتورة المورد',
  'Balance assertion': 'الرصيد المؤكد',
  Branch: 'الفرع',
  'Cash box': 'الصندوق',
  'Cash transfer': 'تحويل النقد',
  Category: 'الفئة',
  Commission: 'العمولة',
  'Credit note': 'إشعار الدائن',
  Customer: 'العميل',
  Deployment: 'عملية النشر',
  Expense: 'المصروف',
  Export: 'ملف التصدير',
  File: 'الملف',
  'Goods receipt': 'إيصال الاستلام',
  Image: 'الصورة',
  Invoice: 'الفاتورة',
  'Journal entry': 'القيد',
  Line: 'السطر',
  Order: 'الطلب',
  'Parked sale': 'البيع المعلّق',
  Payment: 'الدفعة',
  'Payment made': 'الدفعة إلى المورد',
  'Price list': 'قائمة الأسعار',
  Product: 'المنتج',
  'Purchase order': 'طلب الشراء',
  Session: 'الجلسة',
  Shipment: 'الشحنة',
  'Sync run': 'تشغيل المزامنة',
  Tax: 'الضريبة',
  'Till session': 'وردية الصندوق',
  User: 'المستخدم',
  Vendor: 'المورد',
  'Vendor credit': 'إشعار دائن المورد',
  Warehouse: 'المستودع',
  'Webhook entity': 'نوع سجلات الويب هوك',
  // In the middle of an English sentence.
  bill: 'فاتورة المورد',
  'credit note': 'إشعار الدائن',
  invoice: 'الفاتورة',
  payment: 'الدفعة',
  shipment: 'الشحنة',
  'vendor credit': 'إشعار دائن المورد',
} as const;

export type Noun = keyof typeof NOUNS;

export const nounMessage = (noun: Noun): Message => new Message(noun, []);
