/** The Arabic of the messages of src/warehousing, by the English template. */
export const warehousing: Readonly<Record<string, string>> = {
  'A count has 1 to {0} products. Name those to count.': 'في الجرد من منتج واحد إلى {0} منتجًا. حدِّد ما يُجرد.',
  'Give 1 to {0} products.': 'حدِّد من منتج واحد إلى {0} منتجًا.',
  'Nothing has been counted yet.': 'لم يُعدَّ شيء بعد.',
  'Nothing of this transfer is on the way.': 'لم يبقَ شيء من هذه المناقلة في الطريق.',
  '{0} is open already for this warehouse.': 'الجرد {0} مفتوح لهذا المستودع.',
};
