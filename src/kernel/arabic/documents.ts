/** The Arabic of the messages of src/documents, by the English template. */
export const documents: Readonly<Record<string, string>> = {
  'A line needs a product or a description.': 'يحتاج السطر إلى منتج أو وصف.',
  'A payment cannot be made on credit.': 'لا يمكن أن تكون الدفعة بالآجل.',
  'At most {0} documents at once.': 'لا تتجاوز المستندات {0} في المرة الواحدة.',
  'Line {0} comes to more than {1}.': 'مجموع السطر {0} أكبر من {1}.',
  'Name at least one document.': 'اذكر مستندًا واحدًا على الأقل.',
  'Only {0} is still open on {1}.': 'المتبقي {0} فقط على المستند {1}.',
  'Only {0} of {1} remain.': 'المتبقي من {1} هو {0} فقط.',
  'Only {0} {1} remain.': 'المتبقي {0} {1} فقط.',
  'The document comes to more than {0}.': 'مجموع المستند أكبر من {0}.',
  'The due date cannot be before the date of the document.': 'لا يمكن أن يسبق تاريخ الاستحقاق تاريخ المستند.',
  'The same document appears twice.': 'تكرر المستند نفسه.',
  'The same line appears twice.': 'تكرر السطر نفسه.',
  'This customer is inactive or archived.': 'هذا العميل غير فعّال أو مؤرشف.',
  'This customer was merged into another one. Choose the one that stays.':
    'دُمج هذا العميل في عميل آخر. اختر العميل الباقي.',
  'This document is void.': 'هذا المستند ملغى.',
  'This {0} is already void.': 'أُلغي هذا المستند من قبل: {0}.',
  '{0} is in {1}.': 'المستند {0} بعملة {1}.',
};
