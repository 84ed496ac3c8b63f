/** The Arabic of the messages of src/paper, by the English template. */
export const paper: Readonly<Record<string, string>> = {
  'A printed statement has at most {0} lines. Choose a shorter period.':
    'لا يتجاوز كشف الحساب المطبوع {0} سطر. اختر مدة أقصر.',
  'Say the currency of the statement.': 'حدد عملة كشف الحساب.',
  'The period ends before it begins.': 'نهاية المدة قبل بدايتها.',
  'Too many papers are being printed. Try again.': 'عدد كبير من الوثائق قيد الطباعة. حاول مرة أخرى.',
};
