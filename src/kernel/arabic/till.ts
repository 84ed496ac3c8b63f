/** The Arabic of the messages of src/till, by the English template. */
export const till: Readonly<Record<string, string>> = {
  'Count the {0} cash too.': 'عُدّ نقد العملة {0} أيضًا.',
  'Only a person can open a till.': 'لا يفتح الصندوق إلا شخص.',
  'The payments add up to {0}, but the sale total is {1}.': 'مجموع الدفعات {0}، لكن مجموع البيع {1}.',
  'The same currency is counted twice.': 'عُدّت العملة نفسها مرتين.',
  'This till is closed.': 'هذا الصندوق مغلق.',
  'You already have an open till.': 'لديك صندوق مفتوح.',
};
