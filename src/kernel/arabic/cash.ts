/** The Arabic of the messages of src/cash, by the English template. */
export const cash: Readonly<Record<string, string>> = {
  '{0} does not hold money of the method {1}.': 'لا يحوي {0} نقودًا بطريقة الدفع {1}.',
  '{0} holds {1}. Empty it first.': 'في {0} رصيد بعملة {1}. أفرغه أولًا.',
  '{0} is closed.': '{0} مغلق.',
  '{0} keeps {1} already.': '{1} في عهدة {0} أصلًا.',
  '{0} takes what names no box. Name another one first.': 'يستقبل {0} ما لم يُذكر له صندوق. عيّن صندوقًا آخر لذلك أولًا.',
  'A salesperson’s box has a keeper.': 'لصندوق المندوب أمين عهدة.',
  'Name the box that takes its place.': 'عيّن الصندوق الذي يحل محله.',
  'Only a bank or a transfer channel can hold less than nothing.':
    'لا ينزل رصيد تحت الصفر إلا في المصرف أو شركة التحويل.',
};
