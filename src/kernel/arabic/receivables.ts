/** The Arabic of the messages of src/receivables, by the English template. */
export const receivables: Readonly<Record<string, string>> = {
  'Name a payment or a credit note, one of them.': 'اذكر دفعة أو إشعار دائن، واحدًا منهما فقط.',
  'Part of this payment has been refunded.': 'رُدّ جزء من هذه الدفعة.',
};
