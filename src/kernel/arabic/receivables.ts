/** The Arabic of the messages of src/receivables, by the English template. */
export const receivables: Readonly<Record<string, string>> = {
  'Name a payment or a credit note, one of them.': 'اذكر دفعة أو إشعار دائن، واحدًا منهما فقط.',
  'This was given back at a till. Take the money in as a payment instead.':
    'رُدّ هذا المبلغ في صندوق البيع. سجّل استلامه دفعةً بدلًا من ذلك.',
  'Account {0} is opened by its documents.': 'يُفتح الحساب {0} بمستنداته.',
  'Account {0} names nobody.': 'لا يحمل الحساب {0} اسم أحد.',
  'Give 1 to {0} rows.': 'أدخل من 1 إلى {0} من الصفوف.',
  'Name a customer, a vendor or an account, one of them.': 'اذكر عميلًا أو موردًا أو حسابًا، واحدًا منها فقط.',
  'Part of {0} has been refunded.': 'رُدّ جزء من {0}.',
  'Part of this payment has been refunded.': 'رُدّ جزء من هذه الدفعة.',
};
