/** The Arabic of the messages of src/cash, by the English template. */
export const cash: Readonly<Record<string, string>> = {
  '{0} does not hold money of the method {1}.': 'لا يحوي {0} نقودًا بطريقة الدفع {1}.',
  '{0} holds {1}. Empty it first.': 'في {0} رصيد بعملة {1}. أفرغه أولًا.',
  '{0} is closed.': '{0} مغلق.',
  '{0} keeps {1} already.': '{1} في عهدة {0} أصلًا.',
  '{0} takes what names no box. Name another one first.': 'يستقبل {0} ما لم يُذكر له صندوق. عيّن صندوقًا آخر لذلك أولًا.',
  '{0} has no keeper; transfer its cash instead.': 'ليس لـ{0} أمين عهدة؛ حوّل نقده بدلًا من ذلك.',
  'A fee is taken from what was sent.': 'تُقتطع الأجرة مما أُرسل.',
  'From and to are the same currency.': 'العملتان واحدة.',
  'It is worth nothing in {0}.': 'لا قيمة له بعملة {0}.',
  'Name at least one amount.': 'اذكر مبلغًا واحدًا على الأقل.',
  'Only who keeps {0} may do this.': 'لا يفعل ذلك إلا من في عهدته {0}.',
  'Something is missing; somebody must approve the hand-over.': 'هناك نقص؛ لا بد من موافقة على التسليم.',
  'The cash is on its way; somebody must approve that it goes back.': 'النقد في الطريق؛ لا بد من موافقة على إعادته.',
  'Say what it is for.': 'اذكر الغرض منه.',
  'Submit the expense; it is paid once it is approved.': 'قدّم المصروف؛ يُدفع بعد الموافقة عليه.',
  'The account {0} is no category of expenses.': 'الحساب {0} ليس باب مصروفات.',
  'There is nothing to hand over.': 'لا شيء للتسليم.',
  'A salesperson’s box has a keeper.': 'لصندوق المندوب أمين عهدة.',
  'Name the box that takes its place.': 'عيّن الصندوق الذي يحل محله.',
  'Only a bank or a transfer channel can hold less than nothing.':
    'لا ينزل رصيد تحت الصفر إلا في المصرف أو شركة التحويل.',
};
