/** The Arabic of the messages of src/reporting, by the English template. */
export const reporting: Readonly<Record<string, string>> = {
  'Give one of {0}.': 'اذكر واحدًا من: {0}.',
  'Give {0}.': 'اذكر {0}.',
  'This report takes no {0}.': 'لا يأخذ هذا التقرير {0}.',
};
