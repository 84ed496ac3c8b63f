/** The Arabic of the messages of src/documents, by the English template. */
export const documents: Readonly<Record<string, string>> = {
  'There is no warehouse for damaged goods. Make one first.': 'لا مستودع للبضاعة التالفة. أنشئ واحدًا أولًا.',
  '{0} holds damaged goods. They are not sold.': 'في {0} بضاعة تالفة. لا تُباع.',
  'A line needs a product or a description.': 'يحتاج السطر إلى منتج أو وصف.',
  'A rate is above 0, with at most 6 decimals.': 'سعر الصرف أكبر من 0، وبحد أقصى 6 منازل عشرية.',
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
  'Both are in {0}: there is no rate.': 'كلاهما بعملة {0}، فلا سعر صرف بينهما.',
  'The rate is above {0}.': 'سعر الصرف أكبر من {0}.',
  'The rate of the day is {0}; yours is more than {1} % away from it.':
    'سعر صرف اليوم {0}، والسعر المعطى يبعد عنه أكثر من {1} %.',
  'This comes to nothing in {0}.': 'لا يساوي هذا المبلغ شيئًا بعملة {0}.',
  '{0} is in {1}. Give a rate, or say that it is that of the day.':
    'المستند {0} بعملة {1}. اذكر سعر الصرف، أو اختر سعر اليوم.',
  '{0} would stay open: more than {1} IQD cannot be written off here.':
    'يبقى {0} مفتوحًا، ولا يُشطب هنا أكثر من {1} دينار.',
};
