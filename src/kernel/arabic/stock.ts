/** The Arabic of the messages of src/stock, by the English template. */
export const stock: Readonly<Record<string, string>> = {
  'A change is above or below 0.': 'التغيير أكبر من الصفر أو أصغر منه.',
  'Give either a change or a quantity.': 'أعطِ التغيير أو الكمية، واحدًا منهما.',
  'Only what is added has a cost of its own.': 'الكلفة الخاصة لما يُضاف فقط.',
  'A counted quantity cannot be negative.': 'لا يمكن أن تكون الكمية المعدودة سالبة.',
  'A quantity has at most {0} decimals.': 'لا تتجاوز المنازل العشرية للكمية {0}.',
  'From and to are the same warehouse.': 'المستودع المرسل هو نفسه المستودع المستلم.',
  'Give a reason, in 1 to {0} characters.': 'اذكر السبب، من حرف واحد إلى {0} حرفًا.',
  'Line {0} has the same product as line {1}.': 'في السطر {0} المنتج نفسه الذي في السطر {1}.',
  'Line {0}: {1}': 'السطر {0}: {1}',
  'Only {0} of {1} are left, and {2} are needed.': 'المتبقي {0} فقط من {1}، والمطلوب {2}.',
  'The warehouse {0} is closed.': 'المستودع {0} مغلق.',
  'There are {0} now. Count again.': 'الموجود الآن {0}. أعد العد.',
  'You cannot release more than is reserved.': 'لا يمكن تحرير أكثر من المحجوز.',
  '{0} holds no stock of its own.': 'ليس للمنتج {0} مخزون خاص به.',
  'You need the permission catalog:cost.': 'تحتاج إلى الصلاحية catalog:cost.',
};
