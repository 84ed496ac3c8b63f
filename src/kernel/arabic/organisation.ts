/** The Arabic of the messages of src/organisation, by the English template. */
export const organisation: Readonly<Record<string, string>> = {
  'A city has 1 to {0} characters.': 'طول اسم المدينة من حرف واحد إلى {0} حرفًا.',
  'A phone number has 1 to {0} characters.': 'طول رقم الهاتف من حرف واحد إلى {0} حرفًا.',
  'A rate is above 0.': 'سعر الصرف أكبر من 0.',
  'A rate is of USD or RMB, in IQD.': 'سعر الصرف يكون للعملة USD أو RMB مقابل IQD.',
  'A tax is 0 to 100 percent, with at most {0} decimals.':
    'الضريبة من 0 إلى 100 بالمئة، وعدد منازلها العشرية {0} على الأكثر.',
  'Give an address such as https://erp.example.com, without a path.':
    'أدخل عنوانًا مثل https://erp.example.com دون مسار.',
  'The books are closed up to {0}.': 'الحسابات مغلقة حتى {0}.',
  'The primary warehouse stays open.': 'يبقى المستودع الرئيسي مفتوحًا.',
  'The warehouse {0} of this branch is open. Close it first.': 'المستودع {0} التابع لهذا الفرع مفتوح. أغلقه أولًا.',
  'There are at most {0} phone numbers.': 'عدد أرقام الهواتف {0} على الأكثر.',
  'There is a branch {0} already.': 'يوجد فرع بالرمز {0}.',
  'There is a tax {0} already.': 'توجد ضريبة بالاسم {0}.',
  'There is a warehouse {0} already.': 'يوجد مستودع بالرمز {0}.',
  'This text has 1 to {0} characters.': 'طول هذا النص من حرف واحد إلى {0} حرفًا.',
};
