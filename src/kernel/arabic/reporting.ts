/** The Arabic of the messages of src/reporting, by the English template. */
export const reporting: Readonly<Record<string, string>> = {
  'At most {0} days.': 'لا تتجاوز المدة {0} يومًا.',
  'Give 0 to {0} rows.': 'اذكر من 0 إلى {0} صفًا.',
  'The first day is after the last one.': 'اليوم الأول بعد اليوم الأخير.',
};
