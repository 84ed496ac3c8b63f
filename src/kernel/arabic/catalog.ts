/** The Arabic of the messages of src/catalog, by the English template. */
export const catalog: Readonly<Record<string, string>> = {
  'A category cannot be placed below itself.': 'لا يمكن وضع فئة تحت نفسها.',
  'A category has a name.': 'للفئة اسم.',
  'A code has 1 to 40 small letters, digits or underscores.':
    'الرمز من 1 إلى 40 من الحروف الصغيرة أو الأرقام أو الشرطات السفلية.',
  'A price is not negative.': 'لا يكون السعر سالبًا.',
  'A product has at most {0} images.': 'للمنتج {0} صورة على الأكثر.',
  'At most 20 tags, of 1 to 50 characters.': 'الوسوم 20 على الأكثر، وطول كل منها من 1 إلى 50 حرفًا.',
  'Each row needs a SKU.': 'يحتاج كل صف إلى رمز المنتج (SKU).',
  'Give 1 to {0} prices.': 'اذكر من سعر واحد إلى {0} سعرًا.',
  'Give a list; an empty list removes all tags.': 'أعطِ قائمة؛ القائمة الفارغة تزيل كل الوسوم.',
  'Send a JPEG, PNG or WebP image.': 'أرسل صورة بصيغة JPEG أو PNG أو WebP.',
  'Several products have this SKU.': 'رمز المنتج هذا مستعمل في أكثر من منتج.',
  'Sign in, or use the link that the API gives.': 'سجّل الدخول، أو استعمل الرابط الذي تعطيه الواجهة البرمجية.',
  'The category still holds {0} products and {1} categories.': 'ما زالت الفئة تضم من المنتجات {0} ومن الفئات {1}.',
  'The last day is before the first one.': 'اليوم الأخير قبل اليوم الأول.',
  'The list {0} is in {1}.': 'القائمة {0} بعملة {1}.',
  'The list {0} is in {1}; its prices cannot change to another currency.':
    'القائمة {0} بعملة {1}؛ لا يمكن نقل أسعارها إلى عملة أخرى.',
  'The same price tier appears twice.': 'تكررت شريحة السعر نفسها.',
  'There is a category {0} already.': 'توجد فئة بالاسم {0}.',
  'There is a price list {0} already.': 'توجد قائمة أسعار بالرمز {0}.',
  'This file is not an image.': 'هذا الملف ليس صورة.',
  'This image comes from Zoho. Remove it there.': 'هذه الصورة من زوهو. احذفها هناك.',
  'This image is broken or too large.': 'هذه الصورة تالفة أو كبيرة جدًا.',
  'You need the permission catalog:write.': 'تحتاج إلى الصلاحية catalog:write.',
  'You need the permission prices:all to read prices of other lists.':
    'تحتاج إلى الصلاحية prices:all لقراءة أسعار القوائم الأخرى.',
  'You need the permission prices:all.': 'تحتاج إلى الصلاحية prices:all.',
};
